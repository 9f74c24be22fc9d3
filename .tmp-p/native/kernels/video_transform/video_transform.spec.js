const clamp = (x) => Math.min(255, Math.max(0, x));
const grey = ([r, g, b]) => 0.2989 * r + 0.587 * g + 0.114 * b;
/** The sample before a position, the one after it and how far between them it lies: half-pixel centres. */
function between(position, resized, source) {
    const at = Math.fround((position + 0.5) * (1 / (resized / source)) - 0.5);
    const low = Math.floor(at);
    const inside = (index) => Math.min(source - 1, Math.max(0, index));
    return { low: inside(low), high: inside(low + 1), fraction: Math.fround(at - low) };
}
/** Mixes two rows of two samples, real-valued: what {@link mixAsOpenCv} approximates. */
export const mixExactly = (samples, x, y) => {
    const [a, b, c, d] = samples;
    return (1 - y) * ((1 - x) * a + x * b) + y * ((1 - x) * c + x * d);
};
/** The same in OpenCV's 8-bit arithmetic: weights of 11 bits, two truncations. */
function mixAsOpenCv(samples, x, y) {
    const [a, b, c, d] = samples;
    const weight = (fraction) => {
        const scaled = fraction * 2048;
        const below = Math.floor(scaled);
        const half = scaled - below === 0.5;
        return half ? below + (below % 2) : Math.round(scaled);
    };
    const top = Math.floor((weight(Math.fround(1 - x)) * a + weight(x) * b) / 16);
    const bottom = Math.floor((weight(Math.fround(1 - x)) * c + weight(x) * d) / 16);
    return Math.floor((Math.floor((weight(Math.fround(1 - y)) * top) / 65536) + Math.floor((weight(y) * bottom) / 65536) + 2) /
        4);
}
/** The window of the resized crop, [frames][size * size][3]. */
export function resizedWindow(input, p, mix) {
    return Array.from({ length: p.frames }, (_, t) => Array.from({ length: p.size * p.size }, (__, pixel) => {
        const across = p.flip ? p.size - 1 - (pixel % p.size) : pixel % p.size;
        const x = between(p.offsetX + across, p.resizeWidth, p.cropWidth);
        const y = between(p.offsetY + Math.floor(pixel / p.size), p.resizeHeight, p.cropHeight);
        const sample = (column, row, c) => input[((t * p.height + p.cropY + row) * p.width + p.cropX + column) * 3 + c];
        return [0, 1, 2].map((c) => {
            const samples = [sample(x.low, y.low, c), sample(x.high, y.low, c)];
            samples.push(sample(x.low, y.high, c), sample(x.high, y.high, c));
            return mix(samples, x.fraction, y.fraction);
        });
    }));
}
/** Turns the hue by way of hue, saturation and value. */
function turnHue([r, g, b], turns) {
    const value = Math.max(r, g, b);
    const chroma = value - Math.min(r, g, b);
    if (chroma === 0)
        return [r, g, b];
    let hue;
    if (value === r)
        hue = (g - b) / chroma;
    else if (value === g)
        hue = 2 + (b - r) / chroma;
    else
        hue = 4 + (r - g) / chroma;
    hue = hue / 6 + turns;
    hue = (hue - Math.floor(hue)) * 6;
    const sector = Math.floor(hue) % 6;
    const part = hue - Math.floor(hue);
    const low = value - chroma;
    const falling = value - chroma * part;
    const rising = value - chroma * (1 - part);
    const table = [
        [value, rising, low],
        [falling, value, low],
        [low, value, rising],
        [low, falling, value],
        [rising, low, value],
        [value, low, falling],
    ];
    return table[sector];
}
/** torchvision's adjust_brightness, _contrast, _saturation and _hue, in this order, on values in [0, 255]. */
function jitter(frame, p) {
    const blend = (value, other, factor) => clamp(factor * value + (1 - factor) * other);
    const bright = frame.map((rgb) => rgb.map((value) => blend(value, 0, p.brightness)));
    const mean = bright.reduce((sum, rgb) => sum + grey(rgb), 0) / bright.length;
    return bright
        .map((rgb) => rgb.map((value) => blend(value, mean, p.contrast)))
        .map((rgb) => rgb.map((value) => blend(value, grey(rgb), p.saturation)))
        .map((rgb) => turnHue(rgb, p.hue));
}
function colours(input, p) {
    let frames = resizedWindow(input, p, mixAsOpenCv);
    if (p.jitter)
        frames = frames.map((frame) => jitter(frame, p));
    if (p.gray)
        frames = frames.map((frame) => frame.map((rgb) => rgb.map(() => grey(rgb))));
    return frames;
}
/** Both forms: `raw` for uint8 output, `out` normalised. */
function reference({ input }, p) {
    const frames = colours(input, p);
    const raw = frames.flat(2).map((value) => Math.floor(value + 0.5));
    const out = new Float64Array(3 * p.frames * p.size * p.size);
    const mean = [p.mean0, p.mean1, p.mean2];
    const deviation = [p.deviation0, p.deviation1, p.deviation2];
    frames.forEach((frame, t) => {
        frame.forEach((rgb, pixel) => {
            rgb.forEach((value, c) => {
                out[(c * p.frames + t) * p.size * p.size + pixel] = (value / 255 - mean[c]) / deviation[c];
            });
        });
    });
    return { raw: Float64Array.from(raw), out };
}
function picture(length, width) {
    return Array.from({ length }, (_, at) => {
        const [c, x, row] = [at % 3, Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
        return Math.floor(127.5 + 127 * Math.sin(0.11 * x + 0.07 * row * (1 + c) + c));
    });
}
function videoCase([width, height], [resizeWidth, resizeHeight], size, dtype, options = {}) {
    const { frames = 2, crop = [0, 0, width, height], offset = [0, 0], flip = false, gray = false } = options;
    const [brightness, contrast, saturation, hue] = options.jitter ?? [1, 1, 1, 0];
    const words = [
        `${width}x${height}`,
        options.crop ? `crop ${crop.join(' ')}` : '',
        `to ${resizeWidth}x${resizeHeight}`,
    ];
    words.push(`window ${size} at ${offset.join(' ')}`, dtype, flip ? 'flip' : '', gray ? 'gray' : '');
    words.push(options.jitter ? `jitter ${options.jitter.join(' ')}` : '', options.smooth ? 'smooth' : '');
    words.push(options.frames === undefined ? '' : `${frames} frames`);
    const numbers = {
        frames,
        height,
        width,
        size,
        cropX: crop[0],
        cropY: crop[1],
        cropWidth: crop[2],
        cropHeight: crop[3],
        resizeWidth,
        resizeHeight,
        offsetX: offset[0],
        offsetY: offset[1],
        flip: flip ? 1 : 0,
        gray: gray ? 1 : 0,
        jitter: options.jitter ? 1 : 0,
        brightness,
        contrast,
        saturation,
        hue,
        mean0: 0.485,
        mean1: 0.456,
        mean2: 0.406,
        deviation0: 0.229,
        deviation1: 0.224,
        deviation2: 0.225,
    };
    const fill = options.smooth ? { values: picture(frames * height * width * 3, width) } : { below: 256 };
    const raw = dtype === 'uint8';
    return {
        name: words.filter(Boolean).join(' '),
        numbers,
        operands: [
            { name: 'input', role: 'in', dtype: 'uint8', shape: [frames, height, width, 3], fill },
            {
                name: raw ? 'raw' : 'out',
                role: 'out',
                dtype,
                shape: raw ? [frames, size, size, 3] : [3, frames, size, size],
            },
        ],
        flops: 20 * frames * size * size * 3,
        bytes: frames * (crop[2] * crop[3] + size * size * (raw ? 1 : 4)) * 3,
    };
}
const JITTER = [1.3, 0.7, 1.15, 0.08];
const spec = {
    kernel: 'video_transform',
    cases: [
        videoCase([32, 32], [32, 32], 32, 'uint8'),
        videoCase([40, 30], [40, 30], 20, 'uint8', { offset: [7, 5] }),
        videoCase([40, 30], [17, 17], 17, 'uint8', { crop: [11, 6, 17, 17], flip: true }),
        videoCase([64, 48], [43, 32], 28, 'uint8', { offset: [7, 2] }),
        videoCase([64, 48], [43, 32], 28, 'uint8', { offset: [7, 2], flip: true }),
        videoCase([64, 48], [32, 24], 24, 'uint8', { offset: [4, 0] }),
        videoCase([33, 27], [65, 53], 50, 'uint8', { offset: [15, 3] }),
        videoCase([33, 27], [33, 27], 1, 'uint8', { offset: [32, 26] }),
        videoCase([33, 27], [130, 130], 130, 'uint8', { crop: [5, 3, 9, 7] }),
        videoCase([33, 27], [12, 12], 12, 'uint8', { crop: [32, 26, 1, 1] }),
        ...[0, 10, 20].map((x) => videoCase([64, 48], [37, 28], 17, 'uint8', { offset: [x, 5] })),
        ...[0, 17, 34].map((y) => videoCase([48, 64], [28, 62], 28, 'uint8', { offset: [0, y] })),
        videoCase([320, 240], [298, 224], 224, 'uint8', { offset: [37, 0], smooth: true, frames: 1 }),
        videoCase([64, 48], [43, 32], 28, 'uint8', { gray: true }),
        videoCase([64, 48], [43, 32], 28, 'uint8', { jitter: JITTER, smooth: true }),
        videoCase([64, 48], [43, 32], 28, 'uint8', { jitter: [0.6, 1.4, 0.8, -0.1], gray: true, flip: true }),
        videoCase([32, 32], [32, 32], 32, 'float32'),
        videoCase([64, 48], [43, 32], 28, 'float32', { offset: [7, 2], flip: true, frames: 8 }),
        videoCase([64, 48], [43, 32], 28, 'bfloat16', { offset: [7, 2], frames: 3 }),
        videoCase([64, 48], [43, 32], 28, 'float32', { frames: 0 }),
        ...[0, 1, 2, 3].map((only) => {
            const factors = [1, 1, 1, 0].map((neutral, i) => (i === only ? JITTER[i] : neutral));
            const [brightness, contrast, saturation, hue] = factors;
            return videoCase([40, 30], [40, 30], 25, 'float32', { jitter: [brightness, contrast, saturation, hue] });
        }),
        videoCase([40, 30], [40, 30], 25, 'float32', { jitter: JITTER, frames: 5 }),
        videoCase([40, 30], [40, 30], 25, 'float32', { jitter: [0.6, 1.4, 0.8, -0.1], smooth: true, flip: true }),
        videoCase([40, 30], [40, 30], 25, 'float32', { gray: true }),
        videoCase([40, 30], [40, 30], 25, 'float32', { jitter: JITTER, gray: true }),
    ],
    bench: [videoCase([320, 240], [341, 256], 224, 'float32', { offset: [58, 16], frames: 8 })],
    tolerance: { float32: 2e-6, bfloat16Roundings: 1.01, uint8Exact: 0.999 },
    reference,
};
/** video_transform. */
export const specs = [spec];
//# sourceMappingURL=video_transform.spec.js.map