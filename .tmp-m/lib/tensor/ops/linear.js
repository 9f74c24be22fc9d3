import { isTracked, record } from '../record.js';
import { shapeError, sizeOf } from '../shape.js';
import { expectShape, Tensor } from '../tensor.js';
/** Activations of the `linear` epilogue, numbered as in `native/kernels/linear/linear.h`. */
const ACTIVATIONS = { none: 0, quickGelu: 1, relu: 2 };
/**
 * residual + activation(x * weight^T + bias).
 *
 * @param x [..., in]
 * @param weight [out, in]
 * @returns [..., out]
 * @throws MstaError ERR_SHAPE
 */
export function linear(x, weight, options = {}) {
    const [outFeatures, inFeatures] = weight.shape;
    const { bias, residual, packed, activation = 'none' } = options;
    if (weight.shape.length !== 2 || x.shape.at(-1) !== inFeatures)
        throw shapeError('linear', 'expected x [..., in] and weight [out, in]', {
            x: x.shape,
            weight: weight.shape,
        });
    const shape = [...x.shape.slice(0, -1), outFeatures];
    expectShape('linear', 'bias', bias, [outFeatures]);
    expectShape('linear', 'residual', residual, shape);
    const rows = sizeOf(x.shape.slice(0, -1));
    const out = Tensor.empty(x.device, shape, options.dtype ?? residual?.dtype ?? x.dtype);
    const code = ACTIVATIONS[activation];
    const pre = code !== 0 && isTracked(x, weight, bias) ? Tensor.empty(x.device, shape, out.dtype) : null;
    const usePacked = packed && !weight.requiresGrad;
    x.device.launch('linear_forward', { x, weight: usePacked ? packed : weight, bias, residual, out, pre }, [
        rows,
        inFeatures,
        outFeatures,
        code,
        usePacked ? 1 : 0,
        1,
    ]);
    const saved = { x: weight.requiresGrad ? x : null, weight: x.requiresGrad ? weight : null, pre };
    record('linear', [x, weight, bias, residual], [out], saved, (kept, [grad], needed) => {
        const [needX, needWeight, needBias, needResidual] = needed;
        const gradX = needX ? Tensor.empty(x.device, x.shape, x.dtype) : null;
        const gradWeight = needWeight ? Tensor.empty(x.device, weight.shape) : null;
        const gradBias = needBias ? Tensor.empty(x.device, [outFeatures]) : null;
        if (gradX || gradWeight || gradBias)
            x.device.launch('linear_backward', { grad, x: kept.x, weight: kept.weight, pre: kept.pre, gradX, gradWeight, gradBias }, [rows, inFeatures, outFeatures, code, 1]);
        return [gradX, gradWeight, gradBias, needResidual ? grad.share() : null];
    });
    pre?.dispose();
    return out;
}
/** The weight [out, in] rearranged for {@link linear}, once for all calls; float32. */
export function packWeight(weight) {
    const [outFeatures, inFeatures] = weight.shape;
    const packed = Tensor.empty(weight.device, [Math.ceil(outFeatures / 32) * 32 * inFeatures]);
    weight.device.launch('linear_pack', { weight, packed }, [inFeatures, outFeatures]);
    return packed;
}
//# sourceMappingURL=linear.js.map