import type { KernelSpec } from '../spec.js';
type Shape = {
    frames: number;
    height: number;
    width: number;
    size: number;
    cropX: number;
    cropY: number;
    cropWidth: number;
    cropHeight: number;
    resizeWidth: number;
    resizeHeight: number;
    offsetX: number;
    offsetY: number;
    flip: number;
    gray: number;
    jitter: number;
    brightness: number;
    contrast: number;
    saturation: number;
    hue: number;
    mean0: number;
    mean1: number;
    mean2: number;
    deviation0: number;
    deviation1: number;
    deviation2: number;
};
/** Mixes two rows of two samples, real-valued: what {@link mixAsOpenCv} approximates. */
export declare const mixExactly: (samples: readonly number[], x: number, y: number) => number;
type Mix = (samples: readonly number[], x: number, y: number) => number;
/** The window of the resized crop, [frames][size * size][3]. */
export declare function resizedWindow(input: ArrayLike<number>, p: Shape, mix: Mix): number[][][];
/** video_transform. */
export declare const specs: readonly KernelSpec[];
export {};
