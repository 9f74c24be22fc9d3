import type { FrameTransform } from '../../lib/video/transforms.js';
/**
 * A frame through a transform the slow, plain way: OpenCV's 8-bit INTER_LINEAR (11-bit coefficients, half-pixel
 * centres, edges of the crop rectangle repeated), window, mirror. Jitter and grey are left out.
 * @param rgb [h, w, 3]. @returns [size.height, size.width, 3].
 */
export declare function resizeReference(rgb: Uint8Array, h: number, w: number, t: FrameTransform): Uint8Array;
