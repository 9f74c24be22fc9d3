import { stripVTControlCharacters } from 'node:util';
import { SKIP_MARK } from '../support/skip.js';
/** Reads the totals that end uvu's report, undefined when there are none. */
export function parseTotals(output) {
    const text = stripVTControlCharacters(output);
    const last = (label) => {
        const found = [...text.matchAll(new RegExp(`^  ${label}: +(\\d+)$`, 'gm'))].at(-1);
        return found === undefined ? undefined : Number(found[1]);
    };
    const total = last('Total');
    const passed = last('Passed');
    const skipped = last('Skipped');
    if (total === undefined || passed === undefined || skipped === undefined)
        return undefined;
    return { total, passed, skipped, suites: [...text.matchAll(/ {2}\(\d+ \/ \d+\)$/gm)].length };
}
/** Suites that a test's compiled source declares at its top level. */
export function declaredSuites(source) {
    return [...source.matchAll(/^(?:export )?(?:const|let|var) [\w$]+ = suite\(/gm)].length;
}
/**
 * Judges a run by more than its exit status, since uvu exits 0 when a hook throws, when `run()` is forgotten and when
 * there was nothing to run. In uvu's report skipped tests are not part of the total.
 */
export function judge(execution, source) {
    const { status, signal, timedOut, output, seconds } = execution;
    const totals = parseTotals(output);
    const problems = [];
    if (timedOut)
        problems.push(`timed out after ${seconds.toFixed(0)} s`);
    else if (signal !== null)
        problems.push(`ended by ${signal}`);
    else if (status !== 0)
        problems.push(`exit status ${status}`);
    if (/^\s*[\w$]+\.only\(/m.test(source))
        problems.push('only() was left in');
    if (totals === undefined)
        problems.push('printed no totals: it crashed, or run() was forgotten');
    else {
        const { total, passed, skipped, suites } = totals;
        if (total + skipped === 0)
            problems.push('ran no test');
        if (passed !== total)
            problems.push(`${total - passed} of ${total} tests did not pass`);
        const declared = Math.max(1, declaredSuites(source));
        if (suites < declared)
            problems.push(`${suites} of ${declared} suites ran: was run() forgotten?`);
    }
    const { total = 0, passed = 0, skipped = 0 } = totals ?? {};
    const failed = Math.max(total - passed, problems.length > 0 ? 1 : 0);
    const skipReasons = [...output.matchAll(new RegExp(`^${SKIP_MARK} (.*)$`, 'gm'))].map(([, reason]) => reason);
    return { problems, passed, failed, skipped, skipReasons };
}
//# sourceMappingURL=judge.js.map