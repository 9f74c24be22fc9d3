/** Leaves the process in the way its argument names, with work in flight. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { clips, forward, smallModel } from '../small-model.js';
const how = isMainThread ? process.argv[2] : workerData;
const queued = how === 'wait' ? 50 : 2000;
if (how === 'worker-exit' && isMainThread) {
    // A worker that is still computing when the main thread leaves.
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: 'busy' });
    worker.on('message', () => { });
    await sleep(300);
    process.exit(7);
}
const model = smallModel();
const input = clips();
let finished = 0;
for (let i = 0; i < queued; i++) {
    forward(model, input).then(() => finished++, () => { });
}
if (how === 'exit')
    process.exit(7);
if (how === 'exit-later') {
    await sleep(20);
    process.exit(7);
}
if (how === 'throw') {
    setTimeout(() => {
        throw new Error('thrown on purpose');
    }, 20);
}
if (how === 'signal') {
    await sleep(20);
    process.kill(process.pid, 'SIGTERM');
}
// 'wait': nothing is awaited, yet the process must live until the results are there.
if (how === 'wait') {
    process.on('exit', () => process.stdout.write(finished === queued ? 'done\n' : `only ${finished}\n`));
}
//# sourceMappingURL=leave.js.map