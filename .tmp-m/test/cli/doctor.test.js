import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { msta, mstaJson } from './helpers.js';
const doctor = suite('msta doctor');
doctor('tells what is there', async () => {
    const { json, status } = await mstaJson(['doctor']);
    assert.is(status, 0);
    assert.is(json.devices[0]?.name, 'cpu');
    assert.is(typeof json.cuda.available, 'boolean');
    if (!json.cuda.available)
        assert.ok(json.cuda.reason);
    assert.ok('path' in json.ffmpeg && json.ffmpeg.version);
    assert.ok('path' in json.addon && json.addon.path.endsWith('.node') && json.addon.version);
    assert.ok(json.instructionSet);
    assert.ok(json.threads >= 1);
    assert.equal([json.node, json.platform], [process.version, `${process.platform}-${process.arch}`]);
});
doctor('without the addon it names the remedy and exits with 1', async () => {
    const env = { MSTA_NATIVE_BINARY: '/nonexistent/msta.node' };
    const { json, status } = await mstaJson(['doctor'], { env });
    assert.is(status, 1);
    assert.equal(json.devices, []);
    assert.ok('error' in json.addon);
    for (const part of ['/nonexistent/msta.node', 'npm run build:native'])
        assert.match(json.addon.error, part);
    assert.is(json.cuda.available, false);
    assert.ok('path' in json.ffmpeg);
    const { stdout } = await msta(['doctor'], { env });
    assert.match(stdout, 'npm run build:native');
});
doctor('without ffmpeg it names the remedy, and the CPU still works', async () => {
    const { json, status } = await mstaJson(['doctor'], { env: { MSTA_FFMPEG: '/nonexistent/ffmpeg' } });
    assert.is(status, 0);
    assert.ok('error' in json.ffmpeg);
    for (const part of ['/nonexistent/ffmpeg', 'MSTA_FFMPEG'])
        assert.match(json.ffmpeg.error, part);
    assert.is(json.devices[0]?.name, 'cpu');
});
doctor.run();
//# sourceMappingURL=doctor.test.js.map