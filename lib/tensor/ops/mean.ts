import { record } from '../record.js'
import type { Vector } from '../shape.js'
import { Tensor } from '../tensor.js'

/** Mean of all elements of `x` (float32), as a tensor [1]. */
export function mean(x: Tensor): Tensor<Vector> {
  const out = Tensor.empty(x.device, [1] as Vector)
  x.device.launch('reduce_mean_forward', { x, out }, [x.size, 0])
  record('reduce_mean', [x], [out], {}, (_, [grad]) => {
    const gradX = Tensor.empty(x.device, x.shape)
    x.device.launch('reduce_mean_backward', { grad, gradX }, [x.size])
    return [gradX]
  })
  return out
}

/** Mean of the squares of all elements of `x` (float32), as a tensor [1]. Not followed by the tape. */
export function meanOfSquares(x: Tensor): Tensor<Vector> {
  const out = Tensor.empty(x.device, [1] as Vector)
  x.device.launch('reduce_mean_forward', { x, out }, [x.size, 1])
  return out
}
