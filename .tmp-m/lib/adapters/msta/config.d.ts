import { type ViClipConfig } from '../../models/viclip/config.js';
/** The temporal up-projection: grouped convolution, depth-wise convolution of the up-projected path, or none. */
export type TemporalKind = 'conv' | 'depthwise' | 'none';
/** Everything that shapes an MSTA adapter. */
export interface MstaConfig {
    /** Width of the adapter's inner path, r. */
    dim: number;
    /**
     * Adapted blocks, 1-based and ascending. Block i of the video encoder and block i of the text encoder share the
     * projection S_i. Where one encoder has no block i (L/14 has 24 video and 12 text blocks), the other is adapted alone.
     */
    layers: readonly number[];
    /** Scale of the adapter's output. */
    alpha: number;
    /** Probability of dropping a value of the inner path in training. */
    dropout: number;
    /** Whether the video encoder is adapted. */
    video: boolean;
    /** Whether the text encoder is adapted. */
    text: boolean;
    /** Whether there is a projection S between down and up. */
    shared: boolean;
    temporal: TemporalKind;
    /** Frames that the temporal convolution sees; odd. */
    temporalKernel: number;
}
/** Blocks to adapt, 1-based: a range as [first, last] or 'first-last', or a list. */
export type LayerChoice = readonly [first: number, last: number] | string | {
    blocks: readonly number[];
};
/** What a user may set; the rest is the few-shot recipe's (r 128 on blocks 8-12). */
export type MstaOptions = Partial<Omit<MstaConfig, 'layers'>> & {
    layers?: LayerChoice;
};
/**
 * The adapted blocks that `choice` names, ascending and 1-based, in a model whose deepest encoder has `depth` blocks.
 * Throws ERR_ARGUMENT for a block outside 1 to `depth`, an empty choice, a repeated block or an unknown form.
 */
export declare function resolveLayers(choice: LayerChoice, depth: number): number[];
/**
 * A whole configuration from what a user set, checked against the model. Without `layers`: 8-12 of twelve blocks, in
 * general the last five of the shallower adapted encoder. Throws ERR_ARGUMENT naming the field.
 */
export declare function resolveMstaConfig(options: MstaOptions, model: ViClipConfig): MstaConfig;
/** The adapter of a parity fixture's `NAME.json`: from its block `start` to the top. Throws ERR_FORMAT, ERR_ARGUMENT. */
export declare function parseFixtureAdapter(json: unknown, model: ViClipConfig): MstaConfig;
/** Groups of the temporal convolution from r = `dim` to `width` channels. */
export declare function temporalGroups(config: Pick<MstaConfig, 'dim' | 'temporal'>, width: number): number;
/** Whether block `layer` (1-based) of an encoder is adapted. */
export declare function isAdapted(config: MstaConfig, model: ViClipConfig, encoder: 'video' | 'text', layer: number): boolean;
/** Every tensor of the adapter with its shape, under SPEC's names: block numbers in names count from 0. */
export declare function mstaTensorShapes(config: MstaConfig, model: ViClipConfig): Map<string, number[]>;
/** Number of parameters the adapter adds, all of them trainable. */
export declare function mstaParameterCount(config: MstaConfig, model: ViClipConfig): number;
