import { type Tokens } from '../shape.js';
import { Tensor } from '../tensor.js';
import type { WeightAndBias } from './msta-adapter.js';
/** Settings of {@link temporalConv}. */
export interface TemporalConvOptions extends WeightAndBias {
    /** Frames per patch; tokens = 1 + patches * frames. */
    frames: number;
    groups: number;
    alpha: number;
}
/**
 * The 3D-convolution temporal up-projection: residual + alpha * [CLS: 0 | patches: conv(z) + bias], kernel (k, 1, 1)
 * along a patch's frames, zero padding.
 *
 * @param z [batch, 1 + patches * frames, channels]
 * @param residual [batch, 1 + patches * frames, width]
 * @param options weight [width, channels / groups, k, 1, 1], bias [width]
 * @throws MstaError ERR_SHAPE
 */
export declare function temporalConv(z: Tensor<Tokens>, residual: Tensor<Tokens>, { weight, bias, frames, groups, alpha }: TemporalConvOptions): Tensor<Tokens>;
