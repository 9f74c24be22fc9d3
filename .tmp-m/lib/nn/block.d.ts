import type { DType } from '../runtime/binding.js';
import type { Tokens } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { LayerNorm } from './layer-norm.js';
import { Linear } from './linear.js';
import { type ParameterScope } from './parameters.js';
/** Where an adapter meets a block; all [batch, tokens, width], tokens 1 when only CLS is computed. */
export interface BlockSite {
    /** ln_1 of the block's input. */
    normed: Tensor<Tokens>;
    /** The residual stream after attention. */
    attended: Tensor<Tokens>;
    /** The block's output. */
    output: Tensor<Tokens>;
}
/** What an adapter does in one block: returns the block's new output. */
export interface BlockAdapter {
    adapt(site: BlockSite): Tensor<Tokens>;
}
/** How a block runs. */
export interface BlockOptions {
    causal?: boolean;
    /** Compute only the first token of each sequence (exact where only CLS is read afterwards). */
    firstTokenOnly?: boolean;
    adapter?: BlockAdapter | undefined;
}
/** A pre-norm transformer block: x += attention(ln_1 x); x += mlp(ln_2 x), with QuickGELU (SPEC section 1). */
export declare class Block {
    readonly width: number;
    readonly heads: number;
    /** Storage type of everything but the residual stream. */
    readonly dtype: DType;
    readonly ln1: LayerNorm;
    readonly inProjection: Linear;
    readonly outProjection: Linear;
    readonly ln2: LayerNorm;
    readonly up: Linear;
    readonly down: Linear;
    constructor(parameters: ParameterScope, width: number, heads: number, 
    /** Storage type of everything but the residual stream. */
    dtype: DType);
    /** @param x [batch, tokens, width] @returns the same shape, or [batch, 1, width] with `firstTokenOnly` */
    forward(x: Tensor<Tokens>, { causal, firstTokenOnly, adapter }?: BlockOptions): Tensor<Tokens>;
    /** All linear layers, for packing and unpacking. */
    get linears(): Linear[];
}
/** The first token of each sequence: [batch, tokens, width] to [batch, 1, width]. */
export declare function firstTokens(x: Tensor<Tokens>): Tensor<Tokens>;
