import { record } from '../record.js'
import { type Matrix, shapeError, sizeOf } from '../shape.js'
import { Tensor } from '../tensor.js'

/**
 * x @ projection, for projections stored [in, out] (CLIP's `proj` and `text_projection`).
 *
 * @param x [rows, in]
 * @param projection [in, out]
 * @returns [rows, out], float32
 * @throws MstaError ERR_SHAPE
 */
export function project(x: Tensor, projection: Tensor): Tensor<Matrix> {
  const [inFeatures = 0, outFeatures = 0] = projection.shape
  if (x.shape.at(-1) !== inFeatures || projection.shape.length !== 2)
    throw shapeError('project', 'expected x [rows, in] and projection [in, out]', {
      x: x.shape,
      projection: projection.shape,
    })
  const { device } = x
  const rows = sizeOf(x.shape.slice(0, -1))
  const out = Tensor.empty(device, [rows, outFeatures] as Matrix)
  // grad * weight, linear's backward, is a product with an untransposed matrix; its own backward is linear again.
  const numbers = [rows, outFeatures, inFeatures, 0, 0, 1]
  const nothing = { pre: null, gradX: null, gradWeight: null, gradBias: null }
  device.launch('linear_backward', { grad: x, x: null, weight: projection, ...nothing, gradX: out }, numbers)
  record('project', [x, projection], [out], { x, projection }, (saved, [grad], needed) => {
    const gradX = needed[0] ? Tensor.empty(device, x.shape, x.dtype) : null
    if (gradX)
      device.launch(
        'linear_forward',
        { x: grad, weight: saved.projection, bias: null, residual: null, out: gradX, pre: null },
        [rows, outFeatures, inFeatures, 0, 0, 1],
      )
    const gradProjection = needed[1] ? Tensor.empty(device, projection.shape) : null
    if (gradProjection)
      device.launch(
        'linear_backward',
        { grad: saved.x, x: grad, weight: null, ...nothing, gradWeight: gradProjection },
        numbers,
      )
    return [gradX, gradProjection]
  })
  return out
}
