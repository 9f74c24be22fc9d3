/** Start of the line that tells why tests were skipped; the runner repeats such lines. */
export const SKIP_MARK = 'SKIPPED BECAUSE';
/**
 * Registers tests that need something the machine may lack: returns `suite` itself when `condition` holds, otherwise
 * a function that registers them as skipped, having printed `reason` once.
 *
 * @example
 * const fixtureTest = skipUnless(formats, existsSync(folder), `there is no ${folder}`)
 * fixtureTest('reads the fixture', async () => { ... })
 */
export function skipUnless(suite, condition, reason) {
    if (condition)
        return (name, handler) => suite(name, handler);
    process.stdout.write(`${SKIP_MARK} ${reason}\n`);
    return (name) => suite.skip(name);
}
//# sourceMappingURL=skip.js.map