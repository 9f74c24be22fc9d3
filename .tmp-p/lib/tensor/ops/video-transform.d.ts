import { type Video } from '../shape.js';
import { Tensor } from '../tensor.js';
/** How frames become one square view: the numbers of the `video_transform` kernel. */
export interface ViewTransform {
    crop: {
        x: number;
        y: number;
        width: number;
        height: number;
    };
    resize: {
        width: number;
        height: number;
    };
    offset: {
        x: number;
        y: number;
    };
    size: {
        width: number;
        height: number;
    };
    flip: boolean;
    jitter?: {
        brightness: number;
        contrast: number;
        saturation: number;
        hue: number;
    } | undefined;
    gray: boolean;
}
/** Per-channel mean and standard deviation of values scaled to [0, 1]. */
export interface Normalization {
    mean: readonly number[];
    std: readonly number[];
}
/**
 * Writes one normalised view of a clip into a batch: crop, bilinear resize, window, flip, colour jitter, grey,
 * (value / 255 - mean) / std.
 *
 * @param frames uint8 [frames, height, width, 3]
 * @param batch [views, 3, frames, size, size], float32 or bfloat16
 * @param index which view of the batch
 * @throws MstaError ERR_SHAPE, also when the crop or the window lies outside
 */
export declare function transformClip(frames: Tensor, view: ViewTransform, normalization: Normalization, batch: Tensor<Video>, index: number): void;
/** The same view before normalisation: uint8 [frames, size, size, 3]. */
export declare function cropClip(frames: Tensor, view: ViewTransform): Tensor;
