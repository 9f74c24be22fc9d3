import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
export { makeFolder, makeNumbered, sharedData } from '../video/helpers.js';
/** The compiled program. */
export const MAIN = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url));
/** Committed fixtures, beside the sources of the tests. */
export const FIXTURES = path.resolve(fileURLToPath(new URL('.', import.meta.url)), '../../../test/fixtures');
/** Runs `msta` with arguments, no shell between. */
export function msta(args, { env, cwd, onStart } = {}) {
    const started = performance.now();
    return new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [MAIN, ...args], {
            cwd,
            env: { ...process.env, MSTA_DEBUG: '', ...env },
            stdio: ['ignore', 'pipe', 'pipe'],
        });
        let stdout = '';
        let stderr = '';
        child.stdout.setEncoding('utf8').on('data', (text) => {
            stdout += text;
        });
        child.stderr.setEncoding('utf8').on('data', (text) => {
            stderr += text;
        });
        child.on('error', reject);
        child.on('close', (status) => {
            resolve({ status, stdout, stderr, seconds: (performance.now() - started) / 1000 });
        });
        onStart?.(child);
    });
}
/** Runs `msta ... --json` and reads its stdout, which must be one JSON value and nothing else. */
export async function mstaJson(args, settings) {
    const run = await msta([...args, '--json'], settings);
    try {
        return { ...run, json: JSON.parse(run.stdout) };
    }
    catch {
        throw new Error(`not JSON (status ${run.status}): ${run.stdout}\n${run.stderr}`);
    }
}
/** Resolves once `child` has written `text` to stderr. */
export function untilStderr(child, text) {
    return new Promise((resolve) => {
        let seen = '';
        child.stderr.on('data', (chunk) => {
            seen += chunk;
            if (seen.includes(text))
                resolve();
        });
    });
}
//# sourceMappingURL=helpers.js.map