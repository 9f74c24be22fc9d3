import { record } from '../record.js'
import { track } from '../scope.js'
import type { Shape } from '../shape.js'
import { Tensor } from '../tensor.js'

/**
 * `x`, for values that were made with a factor known as a number, exp(logScale): so that the tape follows it, too.
 *
 * @param x float32
 * @param logScale one value, float32; without it, there is nothing to follow
 * @returns the values of `x`
 */
export function followLogScale<S extends Shape>(x: Tensor<S>, logScale: Tensor | undefined): Tensor<S> {
  if (!logScale) return x
  const out = x.share()
  track(out)
  record('log_scale', [x, logScale], [out], { x }, (saved, [grad], needed) => {
    if (!needed[1]) return [grad!.share(), null]
    const gradScale = Tensor.empty(x.device, logScale.shape)
    // The sum of grad * x: the gradient of a linear layer's only weight.
    x.device.launch(
      'linear_backward',
      { grad, x: saved.x, weight: null, pre: null, gradX: null, gradWeight: gradScale, gradBias: null },
      [x.size, 1, 1, 0, 0, 1],
    )
    return [needed[0] ? grad!.share() : null, gradScale]
  })
  return out
}
