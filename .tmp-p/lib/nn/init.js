/**
 * Standard deviation of Kaiming normal initialisation, mode fan_out, gain for ReLU, fans as PyTorch computes them:
 * the first dimension times the receptive field.
 *
 * @param shape [out, in, ...kernel]
 */
export function kaimingNormalDeviation(shape) {
    const [out = 1, , ...kernel] = shape;
    return Math.sqrt(2 / kernel.reduce((field, size) => field * size, out));
}
//# sourceMappingURL=init.js.map