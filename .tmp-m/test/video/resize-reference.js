const ONE = 2048;
/**
 * A frame through a transform the slow, plain way: OpenCV's 8-bit INTER_LINEAR (11-bit coefficients, half-pixel
 * centres, edges of the crop rectangle repeated), window, mirror. Jitter and grey are left out.
 * @param rgb [h, w, 3]. @returns [size.height, size.width, 3].
 */
export function resizeReference(rgb, h, w, t) {
    if (rgb.length !== h * w * 3)
        throw new RangeError(`${rgb.length} bytes are not ${h} x ${w} x 3`);
    const { crop, resize, offset, size, flip } = t;
    const out = new Uint8Array(size.height * size.width * 3);
    for (let y = 0; y < size.height; y++) {
        const row = verticalTap(offset.y + y, crop.height, resize.height);
        for (let x = 0; x < size.width; x++) {
            const column = horizontalTap((flip ? size.width - 1 - x : x) + offset.x, crop.width, resize.width);
            for (let c = 0; c < 3; c++) {
                const pixel = (sy, sx) => rgb[((crop.y + sy) * w + crop.x + sx) * 3 + c];
                const along = (sy) => pixel(sy, column.from) * column.a + pixel(sy, column.to) * column.b;
                const upper = (row.a * (along(row.from) >> 4)) >> 16;
                const lower = (row.b * (along(row.to) >> 4)) >> 16;
                out[(y * size.width + x) * 3 + c] = Math.min(255, Math.max(0, (upper + lower + 2) >> 2));
            }
        }
    }
    return out;
}
/** Along a row OpenCV drops the fraction at the edges. */
function horizontalTap(position, source, target) {
    let { start, fraction } = sourcePosition(position, source, target);
    if (start < 0)
        [start, fraction] = [0, 0];
    if (start >= source - 1)
        [start, fraction] = [source - 1, 0];
    return { from: start, to: Math.min(start + 1, source - 1), ...coefficients(fraction) };
}
/** Down a column it keeps the fraction and repeats the edge row instead; rounding can differ by one from dropping it. */
function verticalTap(position, source, target) {
    const { start, fraction } = sourcePosition(position, source, target);
    const inside = (row) => Math.min(Math.max(row, 0), source - 1);
    return { from: inside(start), to: inside(start + 1), ...coefficients(fraction) };
}
function sourcePosition(position, source, target) {
    // float32, and the reciprocal of the enlargement, as in OpenCV.
    const exact = Math.fround((position + 0.5) * (1 / (target / source)) - 0.5);
    const start = Math.floor(exact);
    return { start, fraction: Math.fround(exact - start) };
}
function coefficients(fraction) {
    const rounded = (value) => {
        const floor = Math.floor(value);
        if (value - floor === 0.5)
            return floor + (floor % 2);
        return Math.round(value);
    };
    return { a: rounded(Math.fround(Math.fround(1 - fraction) * ONE)), b: rounded(Math.fround(fraction * ONE)) };
}
//# sourceMappingURL=resize-reference.js.map