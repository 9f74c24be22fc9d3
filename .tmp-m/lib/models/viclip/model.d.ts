import { ParameterStore } from '../../nn/parameters.js';
import type { AdapterLookup } from '../../nn/transformer.js';
import type { DType } from '../../runtime/binding.js';
import type { Device } from '../../runtime/device.js';
import type { Job } from '../../runtime/job.js';
import type { Embeddings, Video } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type ViClipConfig } from './sizes.js';
import { TextEncoder, type TokenIds } from './text-encoder.js';
import { VideoEncoder } from './video-encoder.js';
/** Storage type of a model's weights and activations; the residual stream and all sums are float32. */
export type ModelDType = Extract<DType, 'float32' | 'bfloat16'>;
/** An adapter as the model sees it: something in some blocks of either encoder. */
export interface ModelAdapter {
    videoBlock(block: number): ReturnType<AdapterLookup>;
    textBlock(block: number): ReturnType<AdapterLookup>;
}
/** The ViCLIP model on a device: parameters under the public checkpoint's names, and both encoders. */
export declare class ViClipModel {
    readonly device: Device;
    readonly config: ViClipConfig;
    readonly dtype: ModelDType;
    readonly parameters: ParameterStore;
    readonly video: VideoEncoder;
    readonly text: TextEncoder;
    /** Similarities are divided by it; a constant of the checkpoint. */
    temperature: number;
    private constructor();
    /** A model with uninitialised parameters. @throws MstaError ERR_ARGUMENT, ERR_OUT_OF_MEMORY */
    static empty(device: Device, config: ViClipConfig, dtype?: ModelDType): ViClipModel;
    /** A model with seeded random parameters, initialised as CLIP is; to try everything without a checkpoint. */
    static random(device: Device, config: ViClipConfig, seed?: number, dtype?: ModelDType): ViClipModel;
    /** @returns [batch, embedDim], before L2 normalisation; see {@link VideoEncoder.forward} */
    encodeVideo(video: Tensor<Video>, adapter?: ModelAdapter | null): Tensor<Embeddings>;
    /** @returns [batch, embedDim], before L2 normalisation; see {@link TextEncoder.forward} */
    encodeText(ids: TokenIds, adapter?: ModelAdapter | null): Tensor<Embeddings>;
    /**
     * Packs the frozen weights of an encoder ahead of its first use, a block at a time, so that this use does not keep
     * the event loop busy with setting up a hundred buffers at once.
     */
    prepare(encoder: 'video' | 'text', job: Job): Promise<void>;
    /** Must follow any change of parameter values or of what is trainable. */
    forgetPacked(): void;
    /** Frees all device memory of the model. */
    dispose(): void;
}
