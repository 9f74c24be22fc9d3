import type { DType } from '../../runtime/binding.js';
import { type Shape } from '../shape.js';
import { Tensor } from '../tensor.js';
/** Activations of the `linear` epilogue, numbered as in `native/kernels/linear/linear.h`. */
declare const ACTIVATIONS: {
    readonly none: 0;
    readonly quickGelu: 1;
    readonly relu: 2;
};
export type Activation = keyof typeof ACTIVATIONS;
/** The epilogue of {@link linear}. */
export interface LinearOptions {
    bias?: Tensor | undefined;
    activation?: Activation;
    /** Added after activation; same shape and storage type as the result. */
    residual?: Tensor | undefined;
    /** {@link packWeight} of the weight, for frozen weights. */
    packed?: Tensor | undefined;
    /** Storage type of the result; that of `residual`, else of `x`. */
    dtype?: DType;
}
/**
 * residual + activation(x * weight^T + bias).
 *
 * @param x [..., in]
 * @param weight [out, in]
 * @returns [..., out]
 * @throws MstaError ERR_SHAPE
 */
export declare function linear<S extends Shape>(x: Tensor<S>, weight: Tensor, options?: LinearOptions): Tensor<S>;
/** The weight [out, in] rearranged for {@link linear}, once for all calls; float32. */
export declare function packWeight(weight: Tensor): Tensor;
export {};
