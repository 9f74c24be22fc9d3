import { type ViClipConfig } from './sizes.js';
/** Multiply-accumulates of a stack of transformer blocks, by component. */
export interface BlockMacs {
    /** Query, key, value and output projections: 4 W^2 N a block. */
    attentionProjections: number;
    /** Scores and weighted values of joint attention: 2 N^2 W a block. */
    attentionScores: number;
    /** The two linear layers of the MLP: 8 W^2 N a block. */
    mlp: number;
    /** Sum of the above. */
    total: number;
}
/** Multiply-accumulates of one clip through the video encoder. */
export interface VideoMacs {
    patches: number;
    /** One block; all are alike. */
    block: BlockMacs;
    /** All blocks together. */
    blocks: BlockMacs;
    projection: number;
    total: number;
}
/** Multiply-accumulates of the class prompts through the text encoder. Looking up embeddings costs none. */
export interface TextMacs {
    prompts: number;
    /** Ids of each prompt that are computed. */
    length: number;
    block: BlockMacs;
    blocks: BlockMacs;
    projection: number;
    total: number;
}
/** Multiply-accumulates of one classification: a clip against the prompts. */
export interface ViClipMacs {
    video: VideoMacs;
    text: TextMacs;
    similarity: number;
    total: number;
}
/**
 * The paper's figures, in 10^9, counted by a tool it does not name. To print beside ours; ours are never tuned to them.
 */
export declare const PAPER_GMACS: {
    readonly zeroShotViClip: 161.74;
    readonly adaptedViClip: readonly [179.8, 179.84];
    readonly clip8Frames: 141;
    readonly clip16Frames: 281;
};
/** One block of `width` on one sequence of `tokens`; causal attention is counted in full. */
export declare function blockMacs(tokens: number, width: number): BlockMacs;
/** Multiply-accumulates of one clip of `config.video.frames` frames, every token through every block. */
export declare function videoMacs({ video, embedDim }: ViClipConfig): VideoMacs;
/** Multiply-accumulates of `prompts` texts of `length` ids each, the padded context unless given. */
export declare function textMacs({ text, embedDim }: ViClipConfig, prompts: number, length?: number): TextMacs;
/** Multiply-accumulates of one clip, `prompts` class prompts and their similarities. */
export declare function viclipMacs(config: ViClipConfig, prompts: number, length?: number): ViClipMacs;
/** Multiply-accumulates of one frame through the CLIP image encoder of the same sizes, for comparison. */
export declare function clipFrameMacs({ video, embedDim }: ViClipConfig): number;
