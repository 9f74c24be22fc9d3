import { type LinearOptions } from '../tensor/ops/linear.js';
import type { Shape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
/** A linear layer. A frozen weight is packed once, at first use, for the matrix kernels. */
export declare class Linear {
    readonly weight: Tensor;
    readonly bias: Tensor;
    private packed;
    /** @param weight [out, in] @param bias [out] */
    constructor(weight: Tensor, bias: Tensor);
    /** residual + activation(x weight^T + bias). @param x [..., in] @returns [..., out] */
    forward<S extends Shape>(x: Tensor<S>, options?: Omit<LinearOptions, 'bias' | 'packed'>): Tensor<S>;
    /** Packs a frozen weight unless that is done; enqueues work, does not wait. @returns whether there was any */
    pack(): boolean;
    /** Must follow any change of the weight's values. */
    forgetPacked(): void;
}
