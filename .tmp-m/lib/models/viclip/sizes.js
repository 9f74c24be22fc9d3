import { MstaError } from '../../runtime/errors.js';
/** ViCLIP B/16 as published. */
export const VICLIP_B16 = {
    video: { resolution: 224, patchSize: 16, frames: 8, width: 768, layers: 12, heads: 12 },
    text: { width: 512, layers: 12, heads: 8, contextLength: 32, vocabularySize: 49408 },
    embedDim: 512,
};
/** ViCLIP L/14 as published. */
export const VICLIP_L14 = {
    video: { resolution: 224, patchSize: 14, frames: 8, width: 1024, layers: 24, heads: 16 },
    text: { width: 768, layers: 12, heads: 12, contextLength: 32, vocabularySize: 49408 },
    embedDim: 768,
};
/** A small model with the full vocabulary, for trying everything without a download. */
export const VICLIP_TINY = {
    video: { resolution: 64, patchSize: 16, frames: 8, width: 128, layers: 4, heads: 4 },
    text: { width: 96, layers: 3, heads: 4, contextLength: 32, vocabularySize: 49408 },
    embedDim: 64,
};
/** Patches of one frame. */
export function patchesPerFrame({ resolution, patchSize }) {
    return (resolution / patchSize) ** 2;
}
/** Tokens of one video: a class token and every frame's patches. */
export function videoTokens(video) {
    return 1 + patchesPerFrame(video) * video.frames;
}
function requireThat(holds, what) {
    if (!holds)
        throw new MstaError('ERR_ARGUMENT', `Model configuration: ${what}.`);
}
/** Returns `config` when a model can have it. Throws ERR_ARGUMENT naming the field otherwise. */
export function checkConfig(config) {
    const { video, text, embedDim } = config;
    const sizes = [
        ...Object.entries(video).map(([key, size]) => [`video.${key}`, size]),
        ...Object.entries(text).map(([key, size]) => [`text.${key}`, size]),
        ['embedDim', embedDim],
    ];
    for (const [name, size] of sizes) {
        requireThat(Number.isSafeInteger(size) && size > 0, `${name} must be a positive integer, got ${size}`);
    }
    const { resolution, patchSize } = video;
    requireThat(resolution % patchSize === 0, `video.resolution ${resolution} must be a multiple of video.patchSize ${patchSize}`);
    for (const [name, encoder] of Object.entries({ video, text })) {
        const { width, heads } = encoder;
        requireThat(width % heads === 0, `${name}.width ${width} must be a multiple of ${name}.heads ${heads}`);
    }
    requireThat(text.contextLength >= 2, 'text.contextLength must be at least 2, for the start and end tokens');
    return config;
}
/**
 * The model of a parity fixture's `NAME.json` (the whole file, or its `config`).
 * Throws ERR_FORMAT for a key that is missing or no number, ERR_ARGUMENT as {@link checkConfig}.
 */
export function parseFixtureConfig(json) {
    const outer = (json ?? {});
    const keys = (outer.config ?? outer);
    const size = (key) => {
        const value = keys[key];
        if (typeof value === 'number')
            return value;
        throw new MstaError('ERR_FORMAT', `Fixture specification: key "${key}" is missing or not a number.`);
    };
    return checkConfig({
        video: {
            resolution: size('res'),
            patchSize: size('patch'),
            frames: size('T'),
            width: size('vwidth'),
            layers: size('vlayers'),
            heads: size('vheads'),
        },
        text: {
            width: size('twidth'),
            layers: size('tlayers'),
            heads: size('theads'),
            contextLength: size('ctx'),
            vocabularySize: size('vocab'),
        },
        embedDim: size('out'),
    });
}
//# sourceMappingURL=sizes.js.map