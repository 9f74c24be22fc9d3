import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as assert from 'uvu/assert';
import { Device } from '../../lib/runtime/device.js';
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
/** Frees what an earlier, failed test has left behind, so that it does not come back in the middle of the next. */
async function settle() {
    for (let i = 0; i < 2; i++) {
        collectGarbage();
        await new Promise((resolve) => setImmediate(resolve));
    }
}
/** Registers tests that must leave as much device memory in use as they found. */
export function noLeaks(suite) {
    const device = Device.get('cpu');
    return (name, body) => suite(name, async () => {
        await settle();
        const { active, buffers } = device.memory();
        await body();
        const after = device.memory();
        assert.equal([after.active, after.buffers], [active, buffers], 'bytes and buffers left in use');
    });
}
//# sourceMappingURL=no-leaks.js.map