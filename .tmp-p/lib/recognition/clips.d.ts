import type { Device } from '../runtime/device.js';
import { type Shape, type Video } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { type FrameTransform } from '../video/transforms.js';
/** A decoded clip and the views to take of it. */
export interface ClipViews {
    /** uint8 [frames, height, width, 3], rgb. */
    frames: Uint8Array;
    height: number;
    width: number;
    transforms: readonly FrameTransform[];
}
/**
 * All views of some clips as one normalised batch: [views of the first clip, of the second, ...].
 *
 * @returns float32 [views, 3, frames, size, size]
 * @throws MstaError ERR_SHAPE when the clips' frame counts or view sizes differ
 */
export declare function viewsToTensor(device: Device, clips: readonly ClipViews[]): Tensor<Video>;
/** The views of one clip before normalisation, uint8 [views, frames, size, size, 3]. */
export declare function viewsToBytes(device: Device, clip: ClipViews): Promise<{
    data: Uint8Array;
    shape: Shape;
}>;
