import { record } from '../record.js';
import { shapeError } from '../shape.js';
import { expectShape, Tensor } from '../tensor.js';
/**
 * The 3D-convolution temporal up-projection: residual + alpha * [CLS: 0 | patches: conv(z) + bias], kernel (k, 1, 1)
 * along a patch's frames, zero padding.
 *
 * @param z [batch, 1 + patches * frames, channels]
 * @param residual [batch, 1 + patches * frames, width]
 * @param options weight [width, channels / groups, k, 1, 1], bias [width]
 * @throws MstaError ERR_SHAPE
 */
export function temporalConv(z, residual, { weight, bias, frames, groups, alpha }) {
    const [batch, tokens, channels] = z.shape;
    const width = residual.shape[2];
    const kernel = weight.shape[2] ?? 0;
    const patches = (tokens - 1) / frames;
    if (!Number.isInteger(patches))
        throw shapeError('temporal_conv', `expected 1 + patches * ${frames} tokens`, { z: z.shape });
    expectShape('temporal_conv', 'residual', residual, [batch, tokens, width]);
    expectShape('temporal_conv', 'weight', weight, [width, channels / groups, kernel, 1, 1]);
    expectShape('temporal_conv', 'bias', bias, [width]);
    const out = Tensor.empty(z.device, residual.shape, residual.dtype);
    const numbers = [batch, patches, frames, channels, width, groups, kernel, alpha];
    z.device.launch('temporal_conv_forward', { z, weight, bias, residual, out }, numbers);
    record('temporal_conv', [z, weight, bias, residual], [out], { z, weight }, (saved, [grad], needed) => {
        const gradZ = needed[0] ? Tensor.empty(z.device, z.shape, z.dtype) : null;
        const gradWeight = Tensor.empty(z.device, weight.shape);
        const gradBias = Tensor.empty(z.device, bias.shape);
        z.device.launch('temporal_conv_backward', { grad, z: saved.z, weight: saved.weight, gradZ, gradWeight, gradBias }, numbers);
        return [gradZ, gradWeight, gradBias, needed[3] ? grad.share() : null];
    });
    return out;
}
//# sourceMappingURL=temporal-conv.js.map