import type { RandomSource } from './sampling.js';
/** A rectangle in whole pixels; x to the right, y down. */
export interface Rectangle {
    x: number;
    y: number;
    width: number;
    height: number;
}
/** Strengths of one draw of ColorJitter, applied in the order of the fields. */
export interface Jitter {
    /** Factor, 1 = unchanged. */
    brightness: number;
    /** Factor, 1 = unchanged. */
    contrast: number;
    /** Factor, 1 = unchanged. */
    saturation: number;
    /** Shift in turns of the colour circle, -0.5 to 0.5, 0 = unchanged. */
    hue: number;
}
/**
 * What to do with every frame of a clip, as numbers only: cut `crop` out of the frame, resize it to `resize`
 * (bilinear, half-pixel centres, edges of the crop repeated), cut the window `size` x `size` at `offset` out of that,
 * mirror it left to right if `flip`, then jitter, then grey.
 */
export interface FrameTransform {
    /** Rectangle of the source frame, in its pixels. */
    crop: Rectangle;
    /** The size in pixels that the rectangle is resized to. */
    resize: {
        width: number;
        height: number;
    };
    /** Where in the resized picture the output window begins, in pixels. */
    offset: {
        x: number;
        y: number;
    };
    /** The output window, in pixels; both sides are equal. */
    size: {
        width: number;
        height: number;
    };
    flip: boolean;
    jitter?: Jitter;
    /** Replace the colours by their luminance. */
    gray: boolean;
}
/** Normalisation of ViCLIP: (value / 255 - mean) / std for each of red, green, blue. */
export declare const MEAN: readonly [0.485, 0.456, 0.406];
/** See {@link MEAN}. */
export declare const STD: readonly [0.229, 0.224, 0.225];
/**
 * The test transforms. One crop: short side to round(size * 256 / 224), centre crop. Three crops: short side to
 * `size`, three windows along the longer side (start, middle, end; mmaction's ThreeCrop).
 * @param width of the frame in pixels. @param height likewise. @returns one transform a crop.
 * @throws MstaError ERR_ARGUMENT.
 */
export declare function testTransforms(width: number, height: number, { size, crops }?: {
    size?: number;
    crops?: 1 | 3;
}): FrameTransform[];
/**
 * The size of a picture whose short side becomes `short`, its shape kept. The long side is int(x * scale + 0.5), as
 * mmcv's rescale_size and with it ViFi-CLIP (torchvision cuts off instead of rounding).
 */
export declare function resizeShortSide(width: number, height: number, short: number): {
    width: number;
    height: number;
};
/** Options of {@link trainTransformPaper}. */
export interface PaperTransformOptions {
    /** Smallest and largest share of the frame's area. Default [0.08, 1]. */
    scale?: readonly [number, number];
    /** Smallest and largest width / height. Default [3/4, 4/3]. */
    ratio?: readonly [number, number];
}
/**
 * One draw of the paper's training transform: RandomResizedCrop as torchvision (ten tries, then the centre), mirrored
 * in half the cases, ColorJitter with probability 0.8, grey with probability 0.2. One draw serves a whole clip.
 * @param width of the frame in pixels. @param height likewise. @param size of the output. @param random the source.
 * @throws MstaError ERR_ARGUMENT.
 */
export declare function trainTransformPaper(width: number, height: number, size: number, random: RandomSource, options?: PaperTransformOptions): FrameTransform;
/**
 * One draw of the preset `vifi`: short side 256, MultiScaleCrop (scales 1, .875, .75, .66 of the short side, the two
 * sides at most one step apart, one of five places), resize, mirror, jitter, grey. The original resizes twice; here
 * the crop is carried back to the source frame (rounded to its pixels) and resized once, which blurs less.
 * @param width of the frame in pixels. @param height likewise. @param size of the output. @param random the source.
 * @throws MstaError ERR_ARGUMENT.
 */
export declare function trainTransformVifi(width: number, height: number, size: number, random: RandomSource): FrameTransform;
/** The training presets by name. */
export declare const PRESETS: {
    readonly paper: typeof trainTransformPaper;
    readonly vifi: typeof trainTransformVifi;
};
/** Name of a training preset. */
export type TransformPreset = keyof typeof PRESETS;
