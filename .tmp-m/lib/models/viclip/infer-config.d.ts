import { type ViClipConfig } from './sizes.js';
/** What a checkpoint's shapes do not tell. */
export interface InferOptions {
    /** Heads of the video encoder; ViCLIP has one for every 64 columns of the width. */
    videoHeads?: number;
    /** Heads of the text encoder, likewise. */
    textHeads?: number;
    /** Names the checkpoint in errors. */
    file?: string;
}
/**
 * The configuration of a checkpoint, from its tensors' public names and shapes (further tensors are ignored).
 * Throws ERR_CHECKPOINT when a tensor it is read from is missing or of another rank, ERR_ARGUMENT as `checkConfig`.
 */
export declare function inferConfig(shapes: ReadonlyMap<string, readonly number[]>, options?: InferOptions): ViClipConfig;
