/** A model small enough for hundreds of forwards a second, and work to keep a device busy with. */
import { ViClipModel } from '../../lib/models/viclip/model.js';
import type { ViClipConfig } from '../../lib/models/viclip/sizes.js';
import type { Video } from '../../lib/tensor/shape.js';
export declare const SMALL: ViClipConfig;
export declare const smallModel: () => ViClipModel;
/** Clips of seeded noise. */
export declare function clips(count?: number): {
    data: Float32Array;
    shape: Video;
};
/** Enqueues one forward; the result's values when they are there. */
export declare function forward(model: ViClipModel, { data, shape }?: {
    data: Float32Array;
    shape: Video;
}): Promise<Float32Array>;
