/** Comparisons that NaN cannot pass. */
import * as assert from 'uvu/assert';
import { roundTo } from './storage.js';
const norm = (values) => Math.sqrt(values.reduce((total, x) => total + x * x, 0));
/** ||out - expected|| / ||expected||; when nothing is expected, 0 for nothing and infinity for anything. */
export function relativeError(out, expected) {
    const difference = norm(out.map((x, i) => x - expected[i]));
    const size = norm(expected);
    if (size > 0)
        return difference / size;
    return difference === 0 ? 0 : Number.POSITIVE_INFINITY;
}
/** Throws unless `error <= allowed`, which is also false for NaN. */
export function assertWithin(error, allowed, what) {
    assert.ok(error <= allowed, `${what}: error ${error}, allowed ${allowed}`);
}
function assertBytes(out, expected, exact, what) {
    let [wrong, worst] = [0, 0];
    out.forEach((value, i) => {
        if (value !== expected[i])
            wrong++;
        worst = Math.max(worst, Math.abs(value - expected[i]));
    });
    assertWithin(worst, 1, `${what}, furthest value`);
    assertWithin(wrong, (1 - exact) * out.length, `${what}, values of ${out.length} that differ`);
}
/** Compares one output with the twin's, within the tolerance of its storage type. */
export function assertMatches(spec, one, { name, dtype }, out, expected) {
    const what = `${spec.kernel} [${one.name}] ${name}`;
    assert.is(out.length, expected.length, `${what}: ${out.length} values, the twin has ${expected.length}`);
    const { float32, bfloat16Roundings, uint8Exact = 1 } = spec.tolerance;
    if (dtype === 'uint8' || dtype === 'int32') {
        assertBytes(out, expected, uint8Exact, what);
        return;
    }
    const rounded = expected.map((x) => roundTo(dtype, x));
    const rounding = dtype === 'bfloat16' ? bfloat16Roundings * relativeError(rounded, expected) : 0;
    assertWithin(relativeError(out, expected), (one.tolerance ?? float32) + rounding, what);
}
//# sourceMappingURL=compare.js.map