/** One run of one test file. */
export interface TestJob {
    file: string;
    /** As the report names it: the file relative to the root, with its variant. */
    name: string;
    /** Environment variables of this variant. */
    env: Record<string, string>;
}
/**
 * Environments that a compiled test asks to be run in: every combination of its lines `// @env NAME=one,two`, which
 * stand at its top, an empty line after them (the compiler drops a comment that belongs to an import of types).
 */
export declare function variantsOf(source: string): Record<string, string>[];
/** Every run of every `*.test.js` below `root` whose name holds one of `filters` (all without filters). */
export declare function findJobs(root: string, filters: readonly string[]): TestJob[];
/**
 * Differences between the compiled tests below `root` and their sources: `missing` were never compiled, `stale` have
 * lost their source. None when the sources are not there, as in a published package.
 */
export declare function compareWithSources(root: string, sources: string): {
    missing: string[];
    stale: string[];
};
