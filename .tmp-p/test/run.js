/** Runs the compiled tests beside this file: `node dist/test/run.js [part of a name]...` */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { killRunning } from './runner/execute.js';
import { runTests } from './runner/run-tests.js';
for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143]]) {
    process.on(signal, () => {
        killRunning();
        process.exit(status);
    });
}
const root = path.dirname(fileURLToPath(import.meta.url));
const { passed, failed, skipped } = await runTests({
    root,
    sources: path.resolve(root, '../../test'),
    filters: process.argv.slice(2),
    concurrency: 2,
    timeoutMs: 240_000,
    write: (line) => process.stdout.write(`${line}\n`),
});
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed > 0 ? 1 : 0;
//# sourceMappingURL=run.js.map