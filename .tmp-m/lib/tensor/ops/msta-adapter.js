import { record } from '../record.js';
import { sizeOf } from '../shape.js';
import { expectShape, Tensor } from '../tensor.js';
/**
 * z = dropout(relu(S relu(D h))), out = residual + alpha * U z.
 *
 * @param h [..., width]
 * @param residual [..., width]
 * @returns out [..., width] and z [..., dim]
 * @throws MstaError ERR_SHAPE
 */
export function mstaAdapter(h, residual, { down, shared, up, alpha, dropout = 0, seed = 0, stream = 0 }) {
    const width = h.shape.at(-1) ?? 0;
    const dim = down.bias.size;
    const rows = sizeOf(h.shape.slice(0, -1));
    expectShape('msta_adapter', 'residual', residual, h.shape);
    expectShape('msta_adapter', 'down.weight', down.weight, [dim, width]);
    expectShape('msta_adapter', 'shared.weight', shared?.weight, [dim, dim]);
    expectShape('msta_adapter', 'up.weight', up.weight, [width, dim]);
    const { device } = h;
    const inner = [...h.shape.slice(0, -1), dim];
    const out = Tensor.empty(device, residual.shape, residual.dtype);
    const hidden = shared ? Tensor.empty(device, inner, h.dtype) : null;
    const z = Tensor.empty(device, inner, h.dtype);
    const operands = {
        h,
        down: down.weight,
        downBias: down.bias,
        shared: shared?.weight,
        sharedBias: shared?.bias,
        up: up.weight,
        upBias: up.bias,
        residual,
        out,
        hidden,
        z,
    };
    device.launch('msta_adapter_forward', operands, [rows, width, dim, alpha, dropout, seed, stream]);
    const inputs = [h, down.weight, down.bias, shared?.weight, shared?.bias, up.weight, up.bias, residual];
    const saved = { h, down: down.weight, shared: shared?.weight, up: up.weight, hidden, z };
    record('msta_adapter', inputs, [out, z], saved, (kept, [gradOut, gradZ], needed) => {
        const grad = gradOut ?? Tensor.from(device, new Float32Array(rows * width), residual.shape);
        const gradH = needed[0] ? Tensor.empty(device, h.shape, h.dtype) : null;
        const weights = inputs.slice(1, 7).map((t) => (t ? Tensor.empty(device, t.shape) : null));
        const [gradDown, gradDownBias, gradShared, gradSharedBias, gradUp, gradUpBias] = weights;
        device.launch('msta_adapter_backward', { grad, gradZ, ...kept, gradH, gradDown, gradDownBias, gradShared, gradSharedBias, gradUp, gradUpBias }, [rows, width, dim, alpha, dropout]);
        return [gradH, ...weights, needed[7] ? grad.share() : null];
    });
    hidden?.dispose();
    return { out, z };
}
//# sourceMappingURL=msta-adapter.js.map