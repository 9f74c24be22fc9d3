import { record } from '../record.js';
import { sizeOf } from '../shape.js';
import { Tensor } from '../tensor.js';
/**
 * out[i] = x[indices[i]], rows counted over all but the last dimension.
 *
 * @param x [..., width]
 * @param indices row numbers; one outside x fails when it runs
 * @returns [count, width]
 */
export function gatherRows(x, indices) {
    const width = x.shape.at(-1) ?? 0;
    const rows = sizeOf(x.shape.slice(0, -1));
    const at = Tensor.from(x.device, indices, [indices.length], 'int32');
    const out = Tensor.empty(x.device, [indices.length, width], x.dtype);
    const numbers = [rows, width, indices.length];
    x.device.launch('gather_rows_forward', { x, indices: at, out }, numbers);
    record('gather_rows', [x], [out], { at }, (saved, [grad]) => {
        const gradX = Tensor.empty(x.device, x.shape, x.dtype);
        x.device.launch('gather_rows_backward', { grad, indices: saved.at, gradX }, numbers);
        return [gradX];
    });
    at.dispose();
    return out;
}
//# sourceMappingURL=gather-rows.js.map