import type { DType } from '../../runtime/binding.js';
import { type Shape } from '../shape.js';
import { Tensor } from '../tensor.js';
/**
 * (x - mean) / sqrt(variance + eps) * weight + bias over the last dimension; statistics in float32.
 *
 * @param x [..., width]
 * @param weight [width]
 * @param bias [width]
 * @param dtype storage type of the result; that of `x` unless given
 * @throws MstaError ERR_SHAPE
 */
export declare function layerNorm<S extends Shape>(x: Tensor<S>, weight: Tensor, bias: Tensor, { eps, dtype }?: {
    eps?: number;
    dtype?: DType | undefined;
}): Tensor<S>;
