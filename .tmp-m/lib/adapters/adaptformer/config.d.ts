import { type ViClipConfig } from '../../models/viclip/config.js';
import type { LayerChoice } from '../msta/config.js';
/** Everything that shapes an AdaptFormer adapter. */
export interface AdaptFormerOptions {
    /** Width of the adapter's inner path. */
    dim: number;
    layers: LayerChoice;
    /** Whether the video encoder is adapted; yes when left out. */
    video?: boolean;
    /** Whether the text encoder is adapted; yes when left out. */
    text?: boolean;
}
/** Every tensor of an AdaptFormer adapter, which is MSTA's without S and V: `{video,text}.{i}.{down,up}.{weight,bias}`. */
export declare function adaptFormerTensorShapes(options: AdaptFormerOptions, model: ViClipConfig): Map<string, number[]>;
/** Number of parameters the adapter adds. */
export declare function adaptFormerParameterCount(options: AdaptFormerOptions, model: ViClipConfig): number;
