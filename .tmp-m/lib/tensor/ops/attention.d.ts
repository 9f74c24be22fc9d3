import { type Tokens } from '../shape.js';
import { Tensor } from '../tensor.js';
/** Options of {@link attention}. */
export interface AttentionOptions {
    heads: number;
    /** Token i attends to tokens 0..i only. */
    causal?: boolean;
    /** Compute only the first token's output (CLS), from the keys and values of all. */
    firstQueryOnly?: boolean;
}
/**
 * Multi-head attention, softmax(q k^T / sqrt(head dim)) v; never materialises an N x N matrix.
 *
 * @param qkv [batch, tokens, 3 * width], q | k | v
 * @returns [batch, tokens, width], or [batch, 1, width] with `firstQueryOnly`
 * @throws MstaError ERR_SHAPE
 */
export declare function attention(qkv: Tensor<Tokens>, { heads, causal, firstQueryOnly }: AttentionOptions): Tensor<Tokens>;
