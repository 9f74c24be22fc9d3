/** A worker is terminated in mid-computation, several times; the main thread computes on. */
import * as assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { clips, forward, smallModel } from '../small-model.js';
const QUEUED = 3000;
if (isMainThread) {
    const model = smallModel();
    const before = await forward(model);
    for (const delay of [0, 1, 5, 20, 60]) {
        const worker = new Worker(fileURLToPath(import.meta.url));
        await once(worker, 'message');
        await sleep(delay);
        const busy = forward(model);
        assert.equal(await worker.terminate(), 1);
        assert.deepEqual(await busy, before);
    }
    assert.deepEqual(await forward(model), before);
    process.stdout.write('done\n');
}
else {
    const model = smallModel();
    const input = clips();
    for (let i = 0; i < QUEUED; i++) {
        forward(model, input).catch(() => { });
        if (i === 50)
            parentPort.postMessage('busy');
    }
}
//# sourceMappingURL=terminate.js.map