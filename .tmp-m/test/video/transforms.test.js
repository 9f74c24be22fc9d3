import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Philox } from '../../lib/data/random.js';
import { PRESETS, resizeShortSide, testTransforms, trainTransformPaper, } from '../../lib/video/transforms.js';
import { errorOf } from './helpers.js';
const test = suite('video/transforms');
function checkInside(t, width, height) {
    assert.ok(t.crop.x >= 0 && t.crop.y >= 0 && t.crop.width >= 1 && t.crop.height >= 1);
    assert.ok(t.crop.x + t.crop.width <= width && t.crop.y + t.crop.height <= height, JSON.stringify(t.crop));
    assert.ok(t.offset.x >= 0 && t.offset.x + t.size.width <= t.resize.width);
    assert.ok(t.offset.y >= 0 && t.offset.y + t.size.height <= t.resize.height);
}
test('one test crop: short side 256, the centre 224', () => {
    const [t, ...rest] = testTransforms(340, 256);
    assert.is(rest.length, 0);
    assert.equal(t, {
        crop: { x: 0, y: 0, width: 340, height: 256 },
        resize: { width: 340, height: 256 },
        offset: { x: 58, y: 16 },
        size: { width: 224, height: 224 },
        flip: false,
        gray: false,
    });
});
test('the long side is rounded as mmcv rounds it', () => {
    assert.equal(resizeShortSide(320, 240, 256), { width: 341, height: 256 });
    assert.equal(resizeShortSide(240, 427, 256), { width: 256, height: 455 });
    assert.equal(resizeShortSide(1280, 720, 224), { width: 398, height: 224 });
});
test('three test crops lie along the longer side', () => {
    const offsets = (w, h) => testTransforms(w, h, { crops: 3 }).map((t) => t.offset);
    assert.equal(offsets(341, 224), [
        { x: 0, y: 0 },
        { x: 58, y: 0 },
        { x: 117, y: 0 },
    ]);
    assert.equal(offsets(224, 301), [
        { x: 0, y: 0 },
        { x: 0, y: 38 },
        { x: 0, y: 77 },
    ]);
});
test('every draw stays inside the frame and repeats with its seed', () => {
    for (const preset of Object.values(PRESETS)) {
        for (const [width, height] of [
            [340, 256],
            [1, 1],
            [2, 500],
            [1920, 1080],
            [33, 17],
        ]) {
            const draw = (stream) => {
                const generator = new Philox(5, stream);
                return preset(width, height, 224, () => generator.next());
            };
            for (let i = 0; i < 200; i++) {
                checkInside(draw(i), width, height);
                assert.equal(draw(i), draw(i));
            }
        }
    }
});
test('the draws follow the published probabilities and ranges', () => {
    const generator = new Philox(1);
    const draws = Array.from({ length: 4000 }, () => trainTransformPaper(640, 480, 224, () => generator.next()));
    const share = (of) => draws.filter(of).length / draws.length;
    assert.ok(Math.abs(share((t) => t.flip) - 0.5) < 0.03);
    assert.ok(Math.abs(share((t) => t.jitter !== undefined) - 0.8) < 0.03);
    assert.ok(Math.abs(share((t) => t.gray) - 0.2) < 0.03);
    for (const { crop, jitter } of draws) {
        const area = (crop.width * crop.height) / (640 * 480);
        assert.ok(area > 0.078 && area <= 1, String(area));
        assert.ok(crop.width / crop.height > 0.74 && crop.width / crop.height < 1.345);
        if (!jitter)
            continue;
        assert.ok(jitter.brightness >= 0.6 &&
            jitter.brightness <= 1.4 &&
            jitter.contrast >= 0.6 &&
            jitter.contrast <= 1.4);
        assert.ok(jitter.saturation >= 0.8 && jitter.saturation <= 1.2 && Math.abs(jitter.hue) <= 0.1);
    }
});
test('a frame too long for any ratio falls back to its centre', () => {
    const t = trainTransformPaper(4000, 10, 224, () => 0.999);
    assert.equal(t.crop, { x: 1993, y: 0, width: 13, height: 10 });
});
test('vifi crops are those of MultiScaleCrop carried back to the frame', () => {
    const seen = new Set();
    const generator = new Philox(2);
    for (let i = 0; i < 500; i++) {
        const { crop } = PRESETS.vifi(340, 256, 224, () => generator.next());
        assert.ok([256, 224, 192, 168].includes(crop.width) && [256, 224, 192, 168].includes(crop.height));
        seen.add(`${crop.width}x${crop.height}`);
    }
    assert.is(seen.size, 10);
});
test('wrong sizes are refused', async () => {
    for (const call of [() => testTransforms(0, 5), () => trainTransformPaper(5, 5, 1.5, Math.random)]) {
        assert.is((await errorOf(call)).code, 'ERR_ARGUMENT');
    }
});
test.run();
//# sourceMappingURL=transforms.test.js.map