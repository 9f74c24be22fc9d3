/** What to run and how. */
export interface RunOptions {
    /** Folder of the compiled tests. */
    root: string;
    /** Folder of their sources, to tell tests that were not compiled. */
    sources: string;
    /** Parts of names; a test runs when its name holds one of them. */
    filters: readonly string[];
    concurrency: number;
    timeoutMs: number;
    write: (line: string) => void;
}
/** Sums over all files. */
export interface Summary {
    passed: number;
    failed: number;
    skipped: number;
}
/** Runs the tests, a few at a time, writing a line for each file and the whole output of those that fail. */
export declare function runTests(options: RunOptions): Promise<Summary>;
