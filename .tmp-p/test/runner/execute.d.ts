import type { TestJob } from './discover.js';
/** How a test process ended. */
export interface Execution {
    /** Exit status; null when a signal ended it. */
    status: number | null;
    signal: string | null;
    timedOut: boolean;
    /** Standard output and error together. */
    output: string;
    seconds: number;
}
/** Ends every test process that is running; for when the runner itself is interrupted. */
export declare function killRunning(): void;
/** Runs a compiled test in a Node process of its own, killed after `timeoutMs`. Never rejects. */
export declare function execute(job: TestJob, timeoutMs: number): Promise<Execution>;
