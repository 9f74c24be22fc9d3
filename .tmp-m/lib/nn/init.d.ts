import type { Shape } from '../tensor/shape.js';
/**
 * Standard deviation of Kaiming normal initialisation, mode fan_out, gain for ReLU, fans as PyTorch computes them:
 * the first dimension times the receptive field.
 *
 * @param shape [out, in, ...kernel]
 */
export declare function kaimingNormalDeviation(shape: Shape): number;
