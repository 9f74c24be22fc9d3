import { readFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeFrames } from '../../lib/video/decode.js';
import { decodeMany } from '../../lib/video/decode-many.js';
import { probeVideo } from '../../lib/video/probe.js';
import { sampleTest } from '../../lib/video/sampling.js';
import { errorOf, sharedData } from './helpers.js';
const test = suite('video/manifest');
const select = (n) => sampleTest(n, 8);
if (sharedData === undefined) {
    test.skip('real clips: ../shared/data is not beside the repository', () => { });
    console.log('skipped: real clips (../shared/data is not beside the repository)');
}
else {
    const videos = path.join(sharedData, 'videos');
    const entries = JSON.parse(readFileSync(path.join(videos, 'manifest.json'), 'utf8'));
    assert.ok(entries.length > 0);
    for (const entry of entries) {
        const file = path.join(videos, entry.file);
        if (!entry.frames_decoded) {
            test(`${entry.file} is a typed error that names the file`, async () => {
                for (const call of [() => decodeFrames(file, select), () => probeVideo(file)]) {
                    const error = await errorOf(call);
                    assert.is(error.code, 'ERR_VIDEO', error.message);
                    assert.is(error.file, file);
                    assert.ok(error.message.includes(file));
                }
            });
            continue;
        }
        test(`${entry.file} has ${entry.frames_decoded} frames`, async () => {
            const clip = await decodeFrames(file, select);
            const info = await probeVideo(file);
            // A fuzzed file has a rotation that is no angle; ffmpeg ignores it, and so must we.
            const angle = Math.abs(entry.rotation ?? 0) > 360 ? 0 : (entry.rotation ?? 0);
            const rotation = (360 - angle) % 360;
            const upright = rotation % 180 === 0;
            const size = upright ? [entry.width, entry.height] : [entry.height, entry.width];
            assert.is(clip.frameCount, entry.frames_decoded);
            assert.is(clip.frames.length, 8 * size[0] * size[1] * 3);
            assert.equal([clip.width, clip.height], size);
            assert.equal([info.width, info.height, info.frameCount], [...size, entry.frames_decoded]);
            assert.is(info.rotation, rotation);
            assert.is(info.codec, entry.codec);
        });
    }
    test('all of them together, side by side, give the same', async () => {
        const jobs = entries.map(({ file }) => ({ path: path.join(videos, file), select }));
        const counts = [];
        for await (const result of decodeMany(jobs))
            counts.push(result.ok ? result.clip.frameCount : null);
        assert.equal(counts, entries.map((entry) => entry.frames_decoded || null));
    });
}
test.run();
//# sourceMappingURL=manifest.test.js.map