import type { ViClipConfig } from '../../models/viclip/config.js';
import type { BlockAdapter, BlockSite } from '../../nn/block.js';
import type { ParameterStore } from '../../nn/parameters.js';
import type { Tokens } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type MstaConfig } from './config.js';
/** The dropout draw of a training step; null outside training. */
export type DropoutDraw = () => {
    seed: number;
    step: number;
    probability: number;
} | null;
/** MSTA in one block of one encoder: output + alpha * (U z + temporal z), z = dropout(relu(S relu(D ln_1 x))). */
export declare class MstaBlock implements BlockAdapter {
    private readonly config;
    private readonly draw;
    private readonly down;
    private readonly shared;
    private readonly up;
    private readonly temporal;
    private readonly stream;
    private readonly frames;
    private readonly groups;
    constructor(parameters: ParameterStore, config: MstaConfig, model: ViClipConfig, encoder: 'video' | 'text', block: number, draw: DropoutDraw);
    adapt({ normed, output }: BlockSite): Tensor<Tokens>;
}
