/**
 * Gradients through the tape against central differences, in float32: shapes must be tiny and losses smooth. A ReLU
 * whose argument a nudge takes through zero spoils a difference: take another seed.
 */
import * as assert from 'uvu/assert'
import { softmaxCrossEntropy } from '../../lib/tensor/ops/cross-entropy.js'
import { project } from '../../lib/tensor/ops/project.js'
import { reshape } from '../../lib/tensor/ops/reshape.js'
import { scope } from '../../lib/tensor/scope.js'
import { type Matrix, type Shape, sizeOf, type Vector } from '../../lib/tensor/shape.js'
import { Tape } from '../../lib/tensor/tape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { testDevice } from '../support/device.js'
import { seededRandom } from '../support/random.js'

export const device = testDevice()

/** Numbers in [-spread, spread), the same for the same seed. */
export function numbers(count: number, seed: number, spread = 1): Float32Array {
  const random = seededRandom(seed)
  return Float32Array.from({ length: count }, () => spread * (2 * random() - 1))
}

/** Names and shapes of the inputs to differentiate by. */
export type InputShapes<Name extends string> = Record<Name, Shape>

const CLASSES = 5
// Rounding of a loss near 1 weighs 1e-7 / (2 * STEP); what STEP leaves out of the series weighs STEP^2.
const STEP = 2 ** -7

/** A scalar that depends smoothly and differently on every value of `x`. */
export function smoothLoss(x: Tensor): Tensor {
  const width = x.shape.at(-1)!
  const rows = x.size / width
  const mixer = Tensor.from(device, numbers(width * CLASSES, 91, 1.5), [width, CLASSES] as Matrix)
  const labels = Tensor.from(
    device,
    Array.from({ length: rows }, (_, i) => (i * 2) % CLASSES),
    [rows] as Vector,
    'int32',
  )
  return softmaxCrossEntropy(project(reshape(x, [rows, width]), mixer), labels)
}

type Inputs<Name extends string> = Record<Name, Tensor>

/**
 * Compares every value of every input's gradient of `smoothLoss(forward(inputs))`, and checks that nothing is left in
 * memory afterwards.
 */
export async function checkThroughTape<Name extends string>(
  shapes: InputShapes<Name>,
  forward: (inputs: Inputs<Name>) => Tensor,
  { seed = 1, spread = 1 } = {},
): Promise<void> {
  const level = device.memory()
  const names = Object.keys(shapes) as Name[]
  const values = Object.fromEntries(
    names.map((name, i) => [name, numbers(sizeOf(shapes[name]), seed * 100 + i, spread)]),
  ) as Record<Name, Float32Array>
  const make = (given: Record<Name, Float32Array>) =>
    Object.fromEntries(
      names.map((name) => [name, Tensor.from(device, given[name], shapes[name])]),
    ) as Inputs<Name>
  const objective = async (name: Name, at: number, nudge: number): Promise<number> => {
    const moved = { ...values, [name]: values[name].with(at, values[name][at]! + nudge) }
    const loss = scope(() => smoothLoss(forward(make(moved)))).keep()
    const result = loss.data()
    loss.dispose()
    return (await result)[0]!
  }

  const inputs = make(values)
  for (const name of names) inputs[name].requiresGrad = true
  const tape = new Tape()
  const loss = tape.watch(() => scope(() => smoothLoss(forward(inputs))))
  const gradients = tape.backward(
    loss,
    names.map((name) => inputs[name]),
  )
  for (const name of names) {
    const gradient = await gradients.get(inputs[name])?.data()
    assert.ok(gradient, `${name} has no gradient`)
    assert.is(gradient.length, values[name].length, name)
    const largest = gradient.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
    assert.ok(largest > 1e-4, `the gradient of ${name} is all but zero: ${largest}`)
    const measured = await Promise.all(
      Array.from(gradient, async (_, at) => {
        const [more, less] = await Promise.all([objective(name, at, STEP), objective(name, at, -STEP)])
        return (more - less) / (2 * STEP)
      }),
    )
    for (const [at, expected] of measured.entries()) {
      const error = Math.abs(gradient[at]! - expected)
      const what = `${name}[${at}]: gradient ${gradient[at]}, measured ${expected}, largest ${largest}`
      assert.ok(error <= 5e-3 * largest + 4e-5, what)
    }
  }
  gradients.dispose()
  loss.dispose()
  for (const name of names) inputs[name].dispose()
  assert.equal(
    [device.memory().active, device.memory().buffers],
    [level.active, level.buffers],
    'memory is left',
  )
}
