import type { ViClipModel } from '../../models/viclip/model.js';
import type { BlockAdapter } from '../../nn/block.js';
import { ParameterStore } from '../../nn/parameters.js';
import type { Adapter, HasModel } from '../adapter.js';
import { type MstaConfig, type MstaOptions } from './config.js';
/**
 * The multi-modal spatio-temporal adapter (SPEC section 2): in parallel to each adapted block, a down-projection, a
 * projection shared by the video and text encoders, an up-projection, and for video a temporal 3D-convolution.
 */
export declare class MSTA implements Adapter {
    readonly model: ViClipModel;
    readonly config: MstaConfig;
    readonly parameters: ParameterStore;
    readonly method = "msta";
    private training;
    private readonly videoBlocks;
    private readonly textBlocks;
    private constructor();
    /**
     * A freshly initialised adapter for a model: weights Kaiming normal (fan out), biases zero.
     *
     * @param target a model, or something that has one
     * @param options what differs from r = 128 on the last five blocks, alpha = 0.005; `seed` of the initial values
     * @throws MstaError ERR_ARGUMENT
     */
    static attach(target: ViClipModel | HasModel, options?: MstaOptions & {
        seed?: number;
    }): MSTA;
    /**
     * An adapter from its safetensors file.
     *
     * @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT when it belongs to another kind of model
     */
    static load(target: ViClipModel | HasModel, path: string): Promise<MSTA>;
    private static empty;
    videoBlock(block: number): BlockAdapter | undefined;
    textBlock(block: number): BlockAdapter | undefined;
    setTraining(training: {
        seed: number;
        step: number;
    } | null): void;
    settings(): Record<string, unknown>;
    /** Writes parameters and settings to one safetensors file, atomically. @throws MstaError ERR_FILE */
    save(path: string): Promise<void>;
    dispose(): void;
}
