import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { interpolateSpatial, interpolateTemporal } from '../../lib/models/viclip/interpolate.js';
import { hasCode } from '../support/errors.js';
const interpolate = suite('interpolate');
function table(rows, width) {
    return Float32Array.from({ length: rows * width }, (_, i) => {
        const row = Math.floor(i / width);
        return ((row * 7 + (i % width) * 3) % 11) / 11 - 0.4;
    });
}
function assertClose(actual, expected, what) {
    assert.is(actual.length, expected.length, what);
    for (const [i, value] of expected.entries()) {
        assert.ok(Math.abs(actual[i] - value) <= 2e-7, `${what} at ${i}: ${actual[i]} is not ${value}`);
    }
}
// Values of torch 2.13.0 on table(): [from, to, width], then the result.
const LINEAR = [
    [8, 4, 1, [-0.0818182, 0.1909091, -0.0363636, 0.2363636]],
    [
        4,
        6,
        2,
        [
            -0.4, -0.1272727, -0.0818182, 0.1909091, 0.1757575, 0.4484848, -0.0666667, 0.2060606, 0.1909091,
            -0.0363636, 0.5090909, -0.2181818,
        ],
    ],
    [3, 7, 1, [-0.4, -0.3090909, -0.0363636, 0.2363636, 0.0805195, -0.0753247, -0.1272727]],
    [1, 3, 1, [-0.4, -0.4, -0.4]],
    [8, 1, 1, [0.3272727]],
];
const BICUBIC = [
    [
        3,
        2,
        2,
        [
            -0.4, -0.1272727, 0.1142045, 0.4220881, 0.3347301, -0.1659801, -0.0328125, 0.275071, 0.187713,
            -0.3129972,
        ],
    ],
    [
        2,
        3,
        1,
        [-0.4, 0.2442552, 0.0308712, -0.1825126, 0.404293, 0.1909091, -0.0224747, 0.5643309, 0.350947, 0.1375632],
    ],
    [
        4,
        5,
        1,
        [
            -0.4, 0.2897589, -0.118862, 0.1824524, 0.5121069, 0.1509773, -0.1799075, 0.1949807, 0.362061, 0.0899318,
            -0.2711976, 0.0462614, 0.2032904, -0.0465732, -0.2527024, -0.0223842, 0.2724303, 0.1601687, -0.178223,
            -0.2075586, 0.1980893, -0.197236, 0.3878236, 0.4655497, 0.0200964, -0.2715769,
        ],
    ],
    [5, 1, 1, [-0.4, -0.1272727]],
    [1, 2, 1, [-0.4, 0.2363636, 0.2363636, 0.2363636, 0.2363636]],
];
interpolate('gives the values of PyTorch along time', () => {
    for (const [from, to, width, expected] of LINEAR) {
        assertClose(interpolateTemporal(table(from, width), from, to, width), expected, `${from} to ${to}`);
    }
});
interpolate('gives the values of PyTorch over the grid, the class row kept', () => {
    for (const [from, to, width, expected] of BICUBIC) {
        assertClose(interpolateSpatial(table(1 + from ** 2, width), from, to, width), expected, `${from} to ${to}`);
    }
});
interpolate('copies when nothing changes', () => {
    const spatial = table(10, 3);
    const same = interpolateSpatial(spatial, 3, 3, 3);
    assert.equal(same, spatial);
    assert.is.not(same, spatial);
    assert.equal(interpolateTemporal(table(8, 2), 8, 8, 2), table(8, 2));
});
interpolate('keeps a constant table constant', () => {
    for (const value of interpolateSpatial(new Float32Array(17).fill(0.3), 4, 9, 1)) {
        assert.ok(Math.abs(value - 0.3) < 1e-6);
    }
});
interpolate('refuses sizes that do not fit', () => {
    assert.throws(() => interpolateTemporal(table(8, 2), 7, 4, 2), hasCode('ERR_SHAPE', '7 rows of 2'));
    assert.throws(() => interpolateSpatial(table(9, 2), 3, 4, 2), hasCode('ERR_SHAPE', '10 rows of 2'));
    assert.throws(() => interpolateTemporal(table(8, 2), 8, 0, 2), hasCode('ERR_ARGUMENT', 'frames'));
    assert.throws(() => interpolateSpatial(table(10, 2), 3, 1.5, 2), hasCode('ERR_ARGUMENT', 'grid'));
});
interpolate.run();
//# sourceMappingURL=interpolate.test.js.map