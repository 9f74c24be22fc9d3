import { readFileSync } from 'node:fs';
import { compareWithSources, findJobs } from './discover.js';
import { execute } from './execute.js';
import { judge } from './judge.js';
function reportSources(options, summary) {
    const { missing, stale } = compareWithSources(options.root, options.sources);
    if (options.filters.length === 0) {
        for (const name of missing) {
            options.write(`FAIL ${name}.test.ts was not compiled`);
            summary.failed++;
        }
    }
    for (const name of stale)
        options.write(`note ${name}.test.js has no source any more and is left out`);
    return stale;
}
async function runJob(job, options, summary) {
    const execution = await execute(job, options.timeoutMs);
    const verdict = judge(execution, readFileSync(job.file, 'utf8'));
    summary.passed += verdict.passed;
    summary.failed += verdict.failed;
    summary.skipped += verdict.skipped;
    const mark = verdict.problems.length > 0 ? 'FAIL' : 'ok  ';
    const skipped = verdict.skipped > 0 ? `, ${verdict.skipped} skipped` : '';
    options.write(`${mark} ${job.name}: ${verdict.passed} passed${skipped} (${execution.seconds.toFixed(1)} s)`);
    for (const reason of verdict.skipReasons)
        options.write(`     skipped: ${reason}`);
    if (verdict.problems.length === 0)
        return;
    for (const problem of verdict.problems)
        options.write(`     ${problem}`);
    options.write(execution.output.trimEnd().replace(/^/gm, '     | '));
}
/** Runs the tests, a few at a time, writing a line for each file and the whole output of those that fail. */
export async function runTests(options) {
    const summary = { passed: 0, failed: 0, skipped: 0 };
    const stale = new Set(reportSources(options, summary).map((name) => `${name}.test.js`));
    const jobs = findJobs(options.root, options.filters).filter(({ name }) => !stale.has(name.split(' ')[0]));
    if (jobs.length === 0) {
        options.write(`FAIL no test below ${options.root} matches ${options.filters.join(' ') || '*.test.js'}`);
        summary.failed++;
    }
    const queue = jobs.values();
    const worker = async () => {
        for (const job of queue)
            await runJob(job, options, summary);
    };
    await Promise.all(Array.from({ length: options.concurrency }, worker));
    return summary;
}
//# sourceMappingURL=run-tests.js.map