import { type Shape } from '../shape.js';
import { Tensor } from '../tensor.js';
/** A linear map's parameters. */
export interface WeightAndBias {
    /** [out, in] */
    weight: Tensor;
    /** [out] */
    bias: Tensor;
}
/** Parameters and settings of {@link mstaAdapter}; SPEC section 2 names them. */
export interface MstaAdapterOptions {
    down: WeightAndBias;
    shared?: WeightAndBias | undefined;
    up: WeightAndBias;
    alpha: number;
    /** Probability of zeroing an element of z; 0 outside training. */
    dropout?: number;
    /** Seed of the dropout mask. */
    seed?: number;
    /** Tells one call's mask from another's (step and block). */
    stream?: number;
}
/**
 * z = dropout(relu(S relu(D h))), out = residual + alpha * U z.
 *
 * @param h [..., width]
 * @param residual [..., width]
 * @returns out [..., width] and z [..., dim]
 * @throws MstaError ERR_SHAPE
 */
export declare function mstaAdapter<S extends Shape>(h: Tensor<S>, residual: Tensor<S>, { down, shared, up, alpha, dropout, seed, stream }: MstaAdapterOptions): {
    out: Tensor<S>;
    z: Tensor<S>;
};
