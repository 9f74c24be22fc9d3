import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Philox } from '../../lib/data/random.js';
import { testTransforms } from '../../lib/video/transforms.js';
import { resizeReference } from './resize-reference.js';
const test = suite('video/resize-reference');
function noise(h, w) {
    const random = new Philox(3);
    return Uint8Array.from({ length: h * w * 3 }, () => random.int(256));
}
function whole(w, h, toW, toH) {
    return {
        crop: { x: 0, y: 0, width: w, height: h },
        resize: { width: toW, height: toH },
        offset: { x: 0, y: 0 },
        size: { width: toW, height: toH },
        flip: false,
        gray: false,
    };
}
test('the same size is a copy', () => {
    const frame = noise(7, 9);
    assert.equal(resizeReference(frame, 7, 9, whole(9, 7, 9, 7)), frame);
});
test('half the size is the mean of four', () => {
    const frame = noise(6, 8);
    const out = resizeReference(frame, 6, 8, whole(8, 6, 4, 3));
    const at = (y, x) => frame[(y * 8 + x) * 3];
    assert.is(out[0], (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1) + 2) >> 2);
});
test('a known line: 4 pixels to 8, quarters and three quarters', () => {
    const line = Uint8Array.from([0, 100, 200, 40].flatMap((v) => [v, v, v]));
    const out = resizeReference(line, 1, 4, whole(4, 1, 8, 1));
    assert.equal(Array.from({ length: 8 }, (_, i) => out[i * 3]), [0, 25, 75, 125, 175, 160, 80, 40]);
});
test('within one of exact interpolation', () => {
    const [h, w] = [23, 31];
    const frame = noise(h, w);
    const t = testTransforms(w, h, { size: 40 })[0];
    const out = resizeReference(frame, h, w, t);
    const clamp = (v, n) => Math.min(Math.max(v, 0), n - 1);
    for (let y = 0; y < 40; y++) {
        for (let x = 0; x < 40; x++) {
            const sy = clamp(((y + t.offset.y + 0.5) * h) / t.resize.height - 0.5, h);
            const sx = clamp(((x + t.offset.x + 0.5) * w) / t.resize.width - 0.5, w);
            const [y0, x0] = [Math.floor(sy), Math.floor(sx)];
            const at = (yy, xx) => frame[(clamp(yy, h) * w + clamp(xx, w)) * 3 + 1];
            const upper = at(y0, x0) * (x0 + 1 - sx) + at(y0, x0 + 1) * (sx - x0);
            const lower = at(y0 + 1, x0) * (x0 + 1 - sx) + at(y0 + 1, x0 + 1) * (sx - x0);
            const exact = upper * (y0 + 1 - sy) + lower * (sy - y0);
            assert.ok(Math.abs(out[(y * 40 + x) * 3 + 1] - exact) <= 1, `${y} ${x}`);
        }
    }
});
test('the crop looks at nothing outside itself; the mirror mirrors', () => {
    const frame = noise(12, 12);
    const crop = { x: 3, y: 4, width: 5, height: 6 };
    const t = { ...whole(5, 6, 9, 9), crop };
    const before = resizeReference(frame, 12, 12, t);
    const changed = frame.map((value, i) => {
        const [x, y] = [Math.floor(i / 3) % 12, Math.floor(i / 36)];
        return x >= 3 && x < 8 && y >= 4 && y < 10 ? value : 255 - value;
    });
    assert.equal(resizeReference(changed, 12, 12, t), before);
    const mirrored = resizeReference(frame, 12, 12, { ...t, flip: true });
    assert.is(mirrored[0], before[8 * 3]);
    assert.is.not(mirrored.join(), before.join());
});
test.run();
//# sourceMappingURL=resize-reference.test.js.map