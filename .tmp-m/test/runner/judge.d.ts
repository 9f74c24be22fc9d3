import type { Execution } from './execute.js';
/** What uvu printed. */
export interface Totals {
    total: number;
    passed: number;
    skipped: number;
    /** Suites that reported. */
    suites: number;
}
/** What a run of a test file amounts to. */
export interface Verdict {
    /** Why the run counts as failed; empty when it passed. */
    problems: string[];
    passed: number;
    failed: number;
    skipped: number;
    /** Reasons printed by `skipUnless`. */
    skipReasons: string[];
}
/** Reads the totals that end uvu's report, undefined when there are none. */
export declare function parseTotals(output: string): Totals | undefined;
/** Suites that a test's compiled source declares at its top level. */
export declare function declaredSuites(source: string): number;
/**
 * Judges a run by more than its exit status, since uvu exits 0 when a hook throws, when `run()` is forgotten and when
 * there was nothing to run. In uvu's report skipped tests are not part of the total.
 */
export declare function judge(execution: Execution, source: string): Verdict;
