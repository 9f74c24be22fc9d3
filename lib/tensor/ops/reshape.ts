import { record } from '../record.js'
import { track } from '../scope.js'
import type { Shape } from '../shape.js'
import type { Tensor } from '../tensor.js'

/** `x` under another shape of the same size, sharing its memory. @throws MstaError ERR_SHAPE */
export function reshape<S extends Shape>(x: Tensor, shape: S): Tensor<S> {
  const out = x.share(shape)
  track(out)
  record('reshape', [x], [out], {}, (_, [grad]) => [grad!.share(x.shape)])
  return out
}
