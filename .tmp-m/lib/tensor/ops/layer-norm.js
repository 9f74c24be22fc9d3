import { isTracked, record } from '../record.js';
import { sizeOf } from '../shape.js';
import { expectShape, Tensor } from '../tensor.js';
/**
 * (x - mean) / sqrt(variance + eps) * weight + bias over the last dimension; statistics in float32.
 *
 * @param x [..., width]
 * @param weight [width]
 * @param bias [width]
 * @param dtype storage type of the result; that of `x` unless given
 * @throws MstaError ERR_SHAPE
 */
export function layerNorm(x, weight, bias, { eps = 1e-5, dtype } = {}) {
    const width = x.shape.at(-1) ?? 0;
    const rows = sizeOf(x.shape.slice(0, -1));
    expectShape('layer_norm', 'weight', weight, [width]);
    expectShape('layer_norm', 'bias', bias, [width]);
    const out = Tensor.empty(x.device, x.shape, dtype ?? x.dtype);
    const tracked = isTracked(x, weight, bias);
    const mean = tracked ? Tensor.empty(x.device, [rows]) : null;
    const rstd = tracked ? Tensor.empty(x.device, [rows]) : null;
    x.device.launch('layer_norm_forward', { x, weight, bias, out, mean, rstd }, [rows, width, eps]);
    record('layer_norm', [x, weight, bias], [out], { x, weight, mean, rstd }, (saved, [grad], needed) => {
        const gradX = needed[0] ? Tensor.empty(x.device, x.shape, x.dtype) : null;
        const gradWeight = needed[1] ? Tensor.empty(x.device, [width]) : null;
        const gradBias = needed[2] ? Tensor.empty(x.device, [width]) : null;
        const { x: input, weight: gamma, mean: mu, rstd: sigma } = saved;
        x.device.launch('layer_norm_backward', { grad, x: input, weight: gamma, mean: mu, rstd: sigma, gradX, gradWeight, gradBias }, [rows, width]);
        return [gradX, gradWeight, gradBias];
    });
    mean?.dispose();
    rstd?.dispose();
    return out;
}
//# sourceMappingURL=layer-norm.js.map