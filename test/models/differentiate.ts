/** Features and gradients of an adapted model, to compare two ways of computing them. */
import * as assert from 'uvu/assert'
import type { Adapter } from '../../lib/adapters/adapter.js'
import { combine } from '../../lib/tensor/ops/combine.js'
import { softmaxCrossEntropy } from '../../lib/tensor/ops/cross-entropy.js'
import { scope } from '../../lib/tensor/scope.js'
import { Tape } from '../../lib/tensor/tape.js'
import { Tensor } from '../../lib/tensor/tensor.js'

export interface Outcome {
  features: Float32Array
  /** By parameter; one that has none gets zeros. */
  gradients: Map<string, Float32Array>
}

/** Features [rows, embedDim], and the adapter's gradients of a loss that depends on each of them differently. */
export async function differentiate(adapter: Adapter, forward: () => Tensor, firstRow = 0): Promise<Outcome> {
  const tape = new Tape()
  const { features, loss } = tape.watch(() =>
    scope(() => {
      const features = forward()
      const [rows = 0, embedDim = 0] = features.shape
      const labels = Array.from({ length: rows }, (_, i) => ((firstRow + i) * 2) % embedDim)
      const wanted = Tensor.from(features.device, labels, [rows] as const, 'int32')
      const mean = softmaxCrossEntropy(features as Tensor<readonly [number, number]>, wanted)
      return { features, loss: combine([mean], [rows]) }
    }),
  )
  const parameters = [...adapter.parameters.entries()]
  const found = tape.backward(
    loss,
    parameters.map(([, tensor]) => tensor),
  )
  const gradients = new Map<string, Float32Array>()
  for (const [name, tensor] of parameters)
    gradients.set(name, (await found.get(tensor)?.data()) ?? new Float32Array(tensor.size))
  const outcome = { features: await features.data(), gradients }
  found.dispose()
  for (const tensor of [features, loss]) tensor.dispose()
  return outcome
}

/** Length of the difference, as a share of the length of what is expected. */
export function errorOf(actual: Float32Array, expected: Float32Array): number {
  const difference = Math.hypot(...actual.map((value, i) => value - expected[i]!))
  return difference / (Math.hypot(...expected) || 1)
}

export function assertClose(
  actual: Float32Array,
  expected: Float32Array,
  allowed: number,
  what: string,
): void {
  assert.is(actual.length, expected.length, what)
  const error = errorOf(actual, expected)
  assert.ok(error <= allowed, `${what} differs by ${error}`)
}

export function assertSame(
  actual: Outcome,
  expected: Outcome,
  allowed: { features: number; gradients: number },
) {
  assertClose(actual.features, expected.features, allowed.features, 'features')
  for (const [name, gradient] of expected.gradients)
    assertClose(actual.gradients.get(name)!, gradient, allowed.gradients, name)
}

/** Only the order of sums differs. */
export const ROUNDING = { features: 2e-6, gradients: 1e-5 }
