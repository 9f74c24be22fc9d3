import { record } from '../record.js'
import { type Matrix, shapeError, type Vector } from '../shape.js'
import { Tensor } from '../tensor.js'

/**
 * Zeros, but for the rows of `x`: row i is added at `indices[i]`. The reverse of `gatherRows`.
 *
 * @param x [count, width]
 * @param indices row numbers; one outside the result fails when it runs
 * @param rows of the result
 * @returns [rows, width]
 * @throws MstaError ERR_SHAPE
 */
export function spreadRows(x: Tensor, indices: readonly number[], rows: number): Tensor<Matrix> {
  const [count = 0, width = 0] = x.shape
  if (x.shape.length !== 2 || count !== indices.length)
    throw shapeError('spread_rows', `expected x [${indices.length}, width]`, { x: x.shape })
  const at = Tensor.from(x.device, indices, [count] as Vector, 'int32')
  const out = Tensor.empty(x.device, [rows, width] as Matrix, x.dtype)
  const numbers = [rows, width, count]
  x.device.launch('gather_rows_backward', { grad: x, indices: at, gradX: out }, numbers)
  record('spread_rows', [x], [out], { at }, (saved, [grad]) => {
    const gradX = Tensor.empty(x.device, x.shape, x.dtype)
    x.device.launch('gather_rows_forward', { x: grad, indices: saved.at, out: gradX }, numbers)
    return [gradX]
  })
  at.dispose()
  return out
}
