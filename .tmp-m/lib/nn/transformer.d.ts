import type { DType } from '../runtime/binding.js';
import type { Tokens } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { Block, type BlockAdapter } from './block.js';
import { type ParameterScope } from './parameters.js';
/** Finds the adapter of a block, counted from 0. */
export type AdapterLookup = (block: number) => BlockAdapter | undefined;
/** A stack of blocks. */
export declare class Transformer {
    readonly blocks: Block[];
    constructor(parameters: ParameterScope, layers: number, width: number, heads: number, dtype: DType);
    /**
     * @param x [batch, tokens, width]
     * @param options `readsFirstTokenOnly`: only CLS is read afterwards, so the last block computes nothing else
     */
    forward(x: Tensor<Tokens>, options?: {
        causal?: boolean;
        readsFirstTokenOnly?: boolean;
        adapters?: AdapterLookup | undefined;
    }): Tensor<Tokens>;
    /** Drops packed copies of weights; they are made again when needed. */
    forgetPacked(): void;
}
