import type { DType } from '../../runtime/binding.js';
import type { Shape } from '../shape.js';
import { Tensor } from '../tensor.js';
/** Options of {@link combine}. */
export interface CombineOptions {
    /** Added to every element. */
    constant?: number;
    /** Storage type of the result; that of the first term unless given. */
    dtype?: DType;
    /** Written in place of a new tensor; may be one of the terms. Not followed by the tape. */
    out?: Tensor | undefined;
    /** Shape and device of the result when there are no terms. */
    like?: Tensor;
}
/**
 * constant + sum of weights[i] * terms[i], element by element; terms of one size, any storage types. Up to 8 terms.
 *
 * @throws MstaError ERR_SHAPE when sizes differ
 */
export declare function combine<S extends Shape>(terms: readonly Tensor<S>[], weights: readonly number[], options?: CombineOptions): Tensor<S>;
/** The values of `x` in another storage type; `x` itself is not changed. */
export declare const cast: <S extends Shape>(x: Tensor<S>, dtype: DType) => Tensor<S>;
