/** Two workers and the main thread compute at once; all must get the same numbers. */
import * as assert from 'node:assert/strict';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { clips, forward, smallModel } from '../small-model.js';
const ROUNDS = 20;
async function compute() {
    const model = smallModel();
    const input = clips();
    const all = await Promise.all(Array.from({ length: ROUNDS }, () => forward(model, input)));
    for (const one of all)
        assert.deepEqual(one, all[0]);
    model.dispose();
    return all[0];
}
if (isMainThread) {
    const workers = [1, 2].map(() => new Worker(fileURLToPath(import.meta.url)));
    const answers = Promise.all(workers.map((worker) => once(worker, 'message')));
    const exits = Promise.all(workers.map((worker) => once(worker, 'exit')));
    const own = await compute();
    assert.ok(own.every(Number.isFinite) && own.some((value) => value !== 0));
    for (const [values] of await answers)
        assert.deepEqual(values, own);
    assert.deepEqual(await exits, [[0], [0]]);
    process.stdout.write('done\n');
}
else
    parentPort.postMessage(await compute());
//# sourceMappingURL=two-workers.js.map