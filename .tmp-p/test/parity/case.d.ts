import { type MstaConfig } from '../../lib/adapters/msta/config.js';
import { type LoadedTensor } from '../../lib/formats/safetensors.js';
import { type ViClipConfig } from '../../lib/models/viclip/config.js';
/** A parity case: the specification, and every tensor of `NAME.case.safetensors`. */
export interface ParityCase {
    name: string;
    modelFile: string;
    config: ViClipConfig;
    adapter: MstaConfig;
    lambda: number;
    optimizer: {
        lr: number;
        betas: readonly [number, number];
        eps: number;
        weightDecay: number;
    };
    tensors: Map<string, LoadedTensor>;
}
/** Reads `NAME.json` and `NAME.case.safetensors`; the file is the latter's path. */
export declare function readCase(file: string): Promise<ParityCase>;
/** Tensors whose names begin with `prefix.`, without it. */
export declare function under(tensors: ReadonlyMap<string, LoadedTensor>, prefix: string): Map<string, LoadedTensor>;
