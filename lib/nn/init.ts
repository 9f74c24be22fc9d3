import { combine } from '../tensor/ops/combine.js'
import type { RandomSource } from '../tensor/ops/random-normal.js'
import type { Shape } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'

/**
 * Standard deviation of Kaiming normal initialisation, mode fan_out, gain for ReLU, fans as PyTorch computes them:
 * the first dimension times the receptive field.
 *
 * @param shape [out, in, ...kernel]
 */
export function kaimingNormalDeviation(shape: Shape): number {
  const [out = 1, , ...kernel] = shape
  return Math.sqrt(2 / kernel.reduce((field, size) => field * size, out))
}

/** Fills a tensor with zeros. */
export function fillZero(tensor: Tensor): void {
  combine([], [], { like: tensor, out: tensor })
}

/**
 * Fills a weight [out, in] as PyTorch's linear layers, LoRA and AdaptFormer do: Kaiming uniform with a = sqrt(5),
 * that is uniformly within 1 / sqrt(in).
 */
export function fillKaimingUniform(weight: Tensor, { seed, stream }: RandomSource): void {
  const bound = 1 / Math.sqrt(weight.shape[1] ?? 1)
  const key = mix(mix(~seed) + Math.floor(seed / 2 ** 32))
  const start = mix(key ^ stream)
  // Streams whose numbers start close to each other's share none of them.
  const mask = mix(~start)
  const values = Float32Array.from({ length: weight.size }, (_, i) => {
    const bits = mix(mix(start + i) ^ mask) >>> 8
    return bound * (2 * ((bits + 0.5) / 2 ** 24) - 1)
  })
  weight.set(values)
}

/** A one-to-one map of 32-bit words in which every bit of the result depends on every bit of `word`. */
function mix(word: number): number {
  let x = word | 0
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  return (x ^ (x >>> 16)) >>> 0
}
