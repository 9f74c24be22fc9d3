import type { Callback, uvu } from 'uvu';
/** Start of the line that tells why tests were skipped; the runner repeats such lines. */
export declare const SKIP_MARK = "SKIPPED BECAUSE";
type Register<T> = (name: string, handler: Callback<T>) => void;
/**
 * Registers tests that need something the machine may lack: returns `suite` itself when `condition` holds, otherwise
 * a function that registers them as skipped, having printed `reason` once.
 *
 * @example
 * const fixtureTest = skipUnless(formats, existsSync(folder), `there is no ${folder}`)
 * fixtureTest('reads the fixture', async () => { ... })
 */
export declare function skipUnless<T>(suite: uvu.Test<T>, condition: boolean, reason: string): Register<T>;
export {};
