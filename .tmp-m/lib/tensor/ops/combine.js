import { isTracked, record } from '../record.js';
import { shapeError } from '../shape.js';
import { Tensor } from '../tensor.js';
/**
 * constant + sum of weights[i] * terms[i], element by element; terms of one size, any storage types. Up to 8 terms.
 *
 * @throws MstaError ERR_SHAPE when sizes differ
 */
export function combine(terms, weights, options = {}) {
    const like = (terms[0] ?? options.like);
    for (const term of terms)
        if (term.size !== like.size)
            throw shapeError('combine', 'sizes differ', { first: like.shape, other: term.shape });
    const out = (options.out ?? Tensor.empty(like.device, like.shape, options.dtype ?? like.dtype));
    const operands = { out };
    terms.forEach((term, i) => {
        operands[`x${i}`] = term;
    });
    like.device.launch('combine', operands, [like.size, terms.length, options.constant ?? 0, ...weights]);
    if (!options.out && isTracked(...terms)) {
        const dtypes = terms.map((term) => term.dtype);
        record('combine', [...terms], [out], {}, (_, [grad], needed) => weights.map((weight, i) => (needed[i] ? combine([grad], [weight], { dtype: dtypes[i] }) : null)));
    }
    return out;
}
/** The values of `x` in another storage type; `x` itself is not changed. */
export const cast = (x, dtype) => combine([x], [1], { dtype });
//# sourceMappingURL=combine.js.map