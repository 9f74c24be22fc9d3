import { record } from '../record.js';
import { shapeError } from '../shape.js';
import { Tensor } from '../tensor.js';
function cosineOp(a, b, scale, paired) {
    const [rows = 0, width = 0] = a.shape;
    const [columns = 0] = b.shape;
    if (a.shape.length !== 2 || b.shape.length !== 2 || b.shape[1] !== width || (paired && rows !== columns))
        throw shapeError('cosine', `expected ${paired ? 'two equal shapes' : 'equal widths'}`, {
            a: a.shape,
            b: b.shape,
        });
    const out = Tensor.empty(a.device, paired ? [rows] : [rows, columns]);
    const numbers = [rows, columns, width, scale, paired ? 1 : 0];
    a.device.launch('cosine_forward', { a, b, out }, numbers);
    record('cosine', [a, b], [out], { a, b }, (saved, [grad], needed) => {
        const gradA = needed[0] ? Tensor.empty(a.device, a.shape, a.dtype) : null;
        const gradB = needed[1] ? Tensor.empty(b.device, b.shape, b.dtype) : null;
        a.device.launch('cosine_backward', { grad, a: saved.a, b: saved.b, gradA, gradB }, numbers);
        return [gradA, gradB];
    });
    return out;
}
/**
 * scale * cosine of every row of `a` with every row of `b`, float32; a zero row has cosine 0.
 *
 * @param a [rows, width]
 * @param b [columns, width]
 * @returns [rows, columns]
 * @throws MstaError ERR_SHAPE
 */
export const cosine = (a, b, scale = 1) => cosineOp(a, b, scale, false);
/** Cosine of each row of `a` [rows, width] with the same row of `b`; returns [rows], float32. */
export const pairedCosine = (a, b) => cosineOp(a, b, 1, true);
//# sourceMappingURL=cosine.js.map