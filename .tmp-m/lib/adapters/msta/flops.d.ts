import { type ViClipConfig } from '../../models/viclip/config.js';
import { type MstaConfig } from './config.js';
/** Multiply-accumulates that an MSTA adapter adds in one encoder, over all adapted blocks. */
export interface AdapterMacs {
    down: number;
    shared: number;
    up: number;
    temporal: number;
    total: number;
}
/**
 * Multiply-accumulates that the adapter adds to one clip and to `prompts` class prompts of `length` ids each (the
 * padded context unless given). The temporal convolution counts its padding.
 */
export declare function mstaMacs(config: MstaConfig, model: ViClipConfig, prompts: number, length?: number): {
    video: AdapterMacs;
    text: AdapterMacs;
    total: number;
};
