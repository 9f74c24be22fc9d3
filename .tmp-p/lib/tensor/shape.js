import { MstaError } from '../runtime/errors.js';
/** Number of elements. */
export const sizeOf = (shape) => shape.reduce((size, n) => size * n, 1);
/** @throws MstaError ERR_SHAPE unless every size is a non-negative integer and the product is representable. */
export function checkShape(shape) {
    const size = sizeOf(shape);
    if (shape.every((n) => Number.isSafeInteger(n) && n >= 0) && size <= Number.MAX_SAFE_INTEGER)
        return;
    throw new MstaError('ERR_SHAPE', `[${shape.join(', ')}] is not a shape: sizes must be non-negative integers`);
}
/** Raises ERR_SHAPE in the form "[op] expected ... but has ...". */
export function shapeError(op, what, shapes) {
    const listed = Object.entries(shapes).map(([name, shape]) => `${name} [${shape.join(', ')}]`);
    return new MstaError('ERR_SHAPE', `[${op}] ${what}: ${listed.join(', ')}`, { op, shapes });
}
/** Whether two shapes are equal. */
export const sameShape = (a, b) => a.length === b.length && a.every((n, i) => n === b[i]);
//# sourceMappingURL=shape.js.map