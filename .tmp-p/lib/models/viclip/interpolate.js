import { MstaError } from '../../runtime/errors.js';
/** Source position of output sample i, half-pixel centres (PyTorch's align_corners=False). */
function sourcePosition(i, from, to) {
    return (i + 0.5) * (from / to) - 0.5;
}
function linearTaps(i, from, to) {
    const position = Math.max(0, sourcePosition(i, from, to));
    const low = Math.min(Math.floor(position), from - 1);
    const high = Math.min(low + 1, from - 1);
    const fraction = Math.min(position - low, 1);
    return { indices: [low, high], weights: [1 - fraction, fraction] };
}
// PyTorch's choice of the cubic convolution's free parameter.
const A = -0.75;
function cubicNear(x) {
    return ((A + 2) * x - (A + 3)) * x * x + 1;
}
function cubicFar(x) {
    return ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;
}
function cubicTaps(i, from, to) {
    const position = sourcePosition(i, from, to);
    const low = Math.floor(position);
    const t = position - low;
    const clamp = (index) => Math.min(Math.max(index, 0), from - 1);
    return {
        indices: [clamp(low - 1), clamp(low), clamp(low + 1), clamp(low + 2)],
        weights: [cubicFar(1 + t), cubicNear(t), cubicNear(1 - t), cubicFar(2 - t)],
    };
}
function requireCount(name, value) {
    if (!Number.isSafeInteger(value) || value < 1) {
        throw new MstaError('ERR_ARGUMENT', `Embedding interpolation: ${name} must be a positive integer, got ${value}.`);
    }
}
function requireLength(name, table, rows, width) {
    if (table.length === rows * width)
        return;
    const message = `${name}: expected ${rows} rows of ${width} values, got ${table.length} values.`;
    throw new MstaError('ERR_SHAPE', message, { shapes: { expected: [rows, width], given: [table.length] } });
}
/**
 * The temporal embedding for another number of frames: [from, width] to [to, width], as PyTorch's
 * `interpolate(mode='linear', align_corners=False)` along time. Returns a copy; exact when the numbers are equal.
 * Throws ERR_ARGUMENT for a count below 1, ERR_SHAPE when `table` is not [from, width].
 */
export function interpolateTemporal(table, from, to, width) {
    requireCount('the number of frames', from);
    requireCount('the number of frames', to);
    requireCount('width', width);
    requireLength('temporal_positional_embedding', table, from, width);
    if (from === to)
        return table.slice();
    const result = new Float32Array(to * width);
    for (let frame = 0; frame < to; frame++) {
        const { indices, weights } = linearTaps(frame, from, to);
        for (let c = 0; c < width; c++) {
            const low = table[indices[0] * width + c];
            const high = table[indices[1] * width + c];
            result[frame * width + c] = low * weights[0] + high * weights[1];
        }
    }
    return result;
}
/**
 * The spatial embedding for another square grid: [1 + from^2, width] to [1 + to^2, width], row 0 (the class token's)
 * kept, the rest as PyTorch's `interpolate(mode='bicubic', align_corners=False)`. Returns a copy; exact when the
 * grids are equal. Throws ERR_ARGUMENT for a side below 1, ERR_SHAPE when `table` is not [1 + from^2, width].
 */
export function interpolateSpatial(table, from, to, width) {
    requireCount('the side of the grid', from);
    requireCount('the side of the grid', to);
    requireCount('width', width);
    requireLength('positional_embedding', table, 1 + from ** 2, width);
    if (from === to)
        return table.slice();
    const taps = Array.from({ length: to }, (_, i) => cubicTaps(i, from, to));
    const result = new Float32Array((1 + to ** 2) * width);
    result.set(table.subarray(0, width));
    // Columns first, [from, to, width], then rows; float64 between.
    const columns = new Float64Array(from * to * width);
    for (let row = 0; row < from; row++) {
        for (let x = 0; x < to; x++) {
            const source = (k) => (1 + row * from + taps[x].indices[k]) * width;
            addTaps(columns, (row * to + x) * width, table, source, taps[x].weights, width);
        }
    }
    for (let y = 0; y < to; y++) {
        for (let x = 0; x < to; x++) {
            const source = (k) => (taps[y].indices[k] * to + x) * width;
            addTaps(result, (1 + y * to + x) * width, columns, source, taps[y].weights, width);
        }
    }
    return result;
}
function addTaps(target, at, source, rowOf, weights, width) {
    const rows = weights.map((_, k) => rowOf(k));
    for (let c = 0; c < width; c++) {
        let sum = 0;
        for (let k = 0; k < rows.length; k++)
            sum += weights[k] * source[rows[k] + c];
        target[at + c] = sum;
    }
}
//# sourceMappingURL=interpolate.js.map