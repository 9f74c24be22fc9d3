/** The video encoder's sizes. */
export interface VideoConfig {
    /** Side of the square frames in pixels. */
    resolution: number;
    /** Side of a square patch in pixels. */
    patchSize: number;
    frames: number;
    width: number;
    layers: number;
    heads: number;
}
/** The text encoder's sizes. */
export interface TextConfig {
    width: number;
    layers: number;
    heads: number;
    /** Ids a text is padded or cut to. */
    contextLength: number;
    vocabularySize: number;
}
/** Everything that shapes a ViCLIP model. */
export interface ViClipConfig {
    video: VideoConfig;
    text: TextConfig;
    /** Size of the embeddings both encoders end in. */
    embedDim: number;
}
/** ViCLIP B/16 as published. */
export declare const VICLIP_B16: ViClipConfig;
/** ViCLIP L/14 as published. */
export declare const VICLIP_L14: ViClipConfig;
/** A small model with the full vocabulary, for trying everything without a download. */
export declare const VICLIP_TINY: ViClipConfig;
/** Patches of one frame. */
export declare function patchesPerFrame({ resolution, patchSize }: VideoConfig): number;
/** Tokens of one video: a class token and every frame's patches. */
export declare function videoTokens(video: VideoConfig): number;
/** Returns `config` when a model can have it. Throws ERR_ARGUMENT naming the field otherwise. */
export declare function checkConfig(config: ViClipConfig): ViClipConfig;
/**
 * The model of a parity fixture's `NAME.json` (the whole file, or its `config`).
 * Throws ERR_FORMAT for a key that is missing or no number, ERR_ARGUMENT as {@link checkConfig}.
 */
export declare function parseFixtureConfig(json: unknown): ViClipConfig;
