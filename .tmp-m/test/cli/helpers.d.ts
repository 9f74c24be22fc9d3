import { type ChildProcess } from 'node:child_process';
export { makeFolder, makeNumbered, sharedData } from '../video/helpers.js';
/** The compiled program. */
export declare const MAIN: string;
/** Committed fixtures, beside the sources of the tests. */
export declare const FIXTURES: string;
/** How a run of the program ended. */
export interface Run {
    status: number | null;
    stdout: string;
    stderr: string;
    seconds: number;
}
/** What a run may differ in. */
export interface RunSettings {
    env?: Record<string, string>;
    cwd?: string;
    /** Called with the running program. */
    onStart?: (child: ChildProcess) => void;
}
/** Runs `msta` with arguments, no shell between. */
export declare function msta(args: readonly string[], { env, cwd, onStart }?: RunSettings): Promise<Run>;
/** Runs `msta ... --json` and reads its stdout, which must be one JSON value and nothing else. */
export declare function mstaJson<T>(args: readonly string[], settings?: RunSettings): Promise<Run & {
    json: T;
}>;
/** Resolves once `child` has written `text` to stderr. */
export declare function untilStderr(child: ChildProcess, text: string): Promise<void>;
