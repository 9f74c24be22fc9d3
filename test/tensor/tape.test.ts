import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adamwUpdate } from '../../lib/tensor/ops/adamw.js'
import { attention } from '../../lib/tensor/ops/attention.js'
import { combine } from '../../lib/tensor/ops/combine.js'
import { cosine } from '../../lib/tensor/ops/cosine.js'
import { layerNorm } from '../../lib/tensor/ops/layer-norm.js'
import { linear } from '../../lib/tensor/ops/linear.js'
import { mean } from '../../lib/tensor/ops/mean.js'
import { reshape } from '../../lib/tensor/ops/reshape.js'
import { isTracked, record } from '../../lib/tensor/record.js'
import { scope } from '../../lib/tensor/scope.js'
import type { Matrix, Tokens } from '../../lib/tensor/shape.js'
import { Tape } from '../../lib/tensor/tape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { hasCode } from '../support/errors.js'
import { device, numbers, smoothLoss } from './finite-differences.js'

import { noLeaks } from './no-leaks.js'

const tapes = suite('Tape')
const test = noLeaks(tapes)
const random = (rows: number, columns: number, seed = 1) =>
  Tensor.from(device, numbers(rows * columns, seed), [rows, columns] as Matrix)
const trainable = (rows: number, columns: number, seed = 1) => {
  const tensor = random(rows, columns, seed)
  tensor.requiresGrad = true
  return tensor
}

test('operations on inputs that nobody trains leave nothing behind', () => {
  const tape = new Tape()
  const x = random(6, 6)
  const outputs = tape.watch(() =>
    scope(() => {
      const normed = layerNorm(
        x,
        Tensor.from(device, numbers(6, 2), [6]),
        Tensor.from(device, numbers(6, 3), [6]),
      )
      const attended = attention(reshape(normed, [2, 3, 6] as Tokens), { heads: 1 })
      const loss = smoothLoss(cosine(linear(normed, x), x))
      return [normed, attended, loss]
    }),
  )
  for (const output of outputs) {
    assert.not(output.requiresGrad)
    output.dispose()
  }
  x.dispose()
  tape.dispose()
})

test('without a tape nothing is remembered either', () => {
  const x = trainable(3, 3)
  const y = scope(() => linear(x, x, { activation: 'quickGelu' }))
  assert.not(y.requiresGrad)
  assert.not(isTracked(x))
  y.dispose()
  x.dispose()
})

test('listens only inside watch, the innermost tape alone', () => {
  const [outer, inner] = [new Tape(), new Tape()]
  const x = trainable(3, 3)
  outer.watch(() => {
    assert.ok(isTracked(x))
    inner.watch(() => assert.ok(isTracked(x)))
    assert.throws(() =>
      inner.watch(() => {
        throw new Error('on purpose')
      }),
    )
    assert.ok(isTracked(x), 'the inner tape did not give way')
  })
  assert.not(isTracked(x))
  const loss = outer.watch(() => inner.watch(() => scope(() => smoothLoss(x))))
  const empty = outer.backward(loss, [x])
  assert.is(empty.get(x), undefined)
  const gradients = inner.backward(loss, [x])
  assert.ok(gradients.get(x))
  for (const one of [empty, gradients, loss, x]) one.dispose()
})

test('memory is held for backward, and given back by it', () => {
  const tape = new Tape()
  const x = trainable(4, 4)
  const weight = trainable(4, 4, 2)
  const before = device.memory().active
  const loss = tape.watch(() =>
    scope(() => smoothLoss(linear(linear(x, weight, { activation: 'quickGelu' }), weight))),
  )
  assert.ok(device.memory().active > before + loss.bytes, 'nothing was kept for backward')
  const gradients = tape.backward(loss, [x])
  assert.is(gradients.get(weight), undefined, 'it was not asked for')
  assert.equal([...gradients.get(x)!.shape], [4, 4])
  const unit = weight.bytes
  assert.is(device.memory().active, before + 64 * Math.ceil(loss.bytes / 64) + 64 * Math.ceil(unit / 64))
  gradients.dispose()
  assert.ok(gradients.get(x) === undefined)
  for (const tensor of [loss, x, weight]) tensor.dispose()
})

test('a forward that throws gives everything back once the tape is disposed', () => {
  const tape = new Tape()
  const x = trainable(4, 4)
  const attempt = () =>
    tape.watch(() =>
      scope(() => {
        const y = linear(x, x, { activation: 'quickGelu' })
        return linear(y, random(3, 3))
      }),
    )
  assert.throws(attempt, hasCode('ERR_SHAPE', '[linear]'))
  tape.dispose()
  tape.dispose()
  x.dispose()
})

test('a backward that throws gives back what it had computed', () => {
  const tape = new Tape()
  const x = trainable(4, 4)
  const error = new Error('on purpose')
  const loss = tape.watch(() =>
    scope(() => {
      const y = combine([x], [2])
      record('broken', [x], [y], { x, y }, () => {
        throw error
      })
      return smoothLoss(combine([linear(x, x), y], [1, 1]))
    }),
  )
  assert.throws(
    () => tape.backward(loss, [x]),
    (caught: unknown) => caught === error,
  )
  loss.dispose()
  x.dispose()
})

test('backward starts from any output whose gradient is known', async () => {
  const x = trainable(2, 3)
  const tape = new Tape()
  const out = tape.watch(() => scope(() => combine([combine([x], [2])], [3])))
  const gradients = tape.backwardFrom(out, Tensor.from(device, [1, 2, 3, 4, 5, 6], [2, 3]), [x])
  assert.equal([...(await gradients.get(x)!.data())], [6, 12, 18, 24, 30, 36])
  gradients.dispose()
  for (const tensor of [x, out]) tensor.dispose()
})

test('a loss must be one number that depends on a parameter', () => {
  const x = trainable(2, 2)
  const constant = random(2, 2)
  const tape = new Tape()
  const [many, fixed] = tape.watch(() => [combine([x], [1]), mean(constant)] as const)
  assert.throws(() => tape.backward(many, [x]), hasCode('ERR_ARGUMENT', 'scalar'))
  assert.throws(() => tape.backward(fixed, [x]), hasCode('ERR_ARGUMENT', 'depends'))
  tape.dispose()
  for (const tensor of [x, constant, many, fixed]) tensor.dispose()
})

test('a parameter the loss does not depend on has no gradient, and the optimizer takes it for zero', async () => {
  const [x, unused] = [trainable(2, 3), trainable(2, 3)]
  const tape = new Tape()
  const loss = tape.watch(() => scope(() => smoothLoss(x)))
  const gradients = tape.backward(loss, [unused, x])
  assert.is(gradients.get(unused), undefined)
  const moments = [0, 1].map(() => Tensor.from(device, new Float32Array(6), [2, 3]))
  const state = { parameter: unused, firstMoment: moments[0]!, secondMoment: moments[1]! }
  const before = await unused.data()
  adamwUpdate([state], (parameter) => gradients.get(parameter), {
    step: 1,
    learningRate: 0.5,
    betas: [0.9, 0.98],
    eps: 1e-8,
    weightDecay: 0.25,
  })
  const after = await unused.data()
  for (const [i, value] of after.entries()) assert.ok(Math.abs(value - before[i]! * 0.875) < 1e-6)
  for (const one of [gradients, loss, x, unused, ...moments]) one.dispose()
})

test('parameters may come as an iterator that runs once', () => {
  const parameters = new Map([
    ['x', trainable(2, 3)],
    ['y', trainable(2, 3, 2)],
  ])
  const tape = new Tape()
  const loss = tape.watch(() =>
    scope(() => smoothLoss(combine([parameters.get('x')!, parameters.get('y')!], [1, 2]))),
  )
  const gradients = tape.backward(loss, parameters.values())
  for (const [name, tensor] of parameters) assert.ok(gradients.get(tensor), `${name} has no gradient`)
  for (const one of [gradients, loss, ...parameters.values()]) one.dispose()
})

test("a residual's gradient is shared, not copied", () => {
  const rows = 4096
  const residual = trainable(rows, 64)
  const input = random(rows, 1, 2)
  const weight = random(64, 1, 3)
  const tape = new Tape()
  const loss = tape.watch(() => scope(() => mean(linear(input, weight, { residual }))))
  device.resetPeakMemory()
  const before = device.memory().active
  const gradients = tape.backward(loss, [residual])
  const growth = device.memory().peak - before
  assert.ok(gradients.get(residual)!.isSoleUser)
  // The gradient of the output is that of the residual; a copy would make it twice as much.
  assert.ok(growth < 1.5 * residual.bytes, `${growth} bytes for a gradient of ${residual.bytes}`)
  for (const one of [gradients, loss, residual, input, weight]) one.dispose()
})

test('a gradient that two tensors share survives what is added for one of them', async () => {
  const [x, weight] = [trainable(3, 4), random(4, 4, 2)]
  const tape = new Tape()
  const { loss, sum } = tape.watch(() =>
    scope(() => {
      // The gradient of sum is that of x along the residual; x gets more on top, through the product.
      const product = linear(x, weight)
      const sum = linear(product, random(4, 4, 3), { residual: x })
      return { loss: mean(sum), sum }
    }),
  )
  const gradients = tape.backward(loss, [x, sum])
  for (const value of await gradients.get(sum)!.data()) assert.ok(Math.abs(value - 1 / 12) < 1e-7, `${value}`)
  assert.ok((await gradients.get(x)!.data()).some((value) => Math.abs(value - 1 / 12) > 1e-3))
  for (const one of [gradients, loss, sum, x, weight]) one.dispose()
})

tapes.run()
