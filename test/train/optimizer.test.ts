import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Gradients } from '../../lib/tensor/tape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { AdamW } from '../../lib/train/optimizer.js'
import { testDevice } from '../support/device.js'
import { hasCode } from '../support/errors.js'
import { seededRandom } from '../support/random.js'
import { noLeaks } from '../tensor/no-leaks.js'

const optimizers = suite('AdamW')
const test = noLeaks(optimizers)
const device = testDevice()
const SIZES = { weight: 12, bias: 3, idle: 5 }
const RATES = [0, 0.1, 0.05, 0.05, 0.01]

/** torch.optim.AdamW in float64, plainly. */
class PlainAdamW {
  private step = 0
  private readonly first = new Map<string, number[]>()
  private readonly second = new Map<string, number[]>()
  constructor(
    readonly values: Map<string, number[]>,
    private readonly decay: number,
    private readonly betas = [0.9, 0.98] as const,
    private readonly eps = 1e-8,
  ) {}

  update(gradients: Map<string, number[]>, rate: number): void {
    this.step++
    for (const [name, values] of this.values) {
      const m = this.first.get(name) ?? values.map(() => 0)
      const v = this.second.get(name) ?? values.map(() => 0)
      const gradient = gradients.get(name) ?? values.map(() => 0)
      for (const [i, g] of gradient.entries()) {
        m[i] = this.betas[0] * m[i]! + (1 - this.betas[0]) * g
        v[i] = this.betas[1] * v[i]! + (1 - this.betas[1]) * g * g
        const mean = m[i]! / (1 - this.betas[0] ** this.step)
        const spread = Math.sqrt(v[i]! / (1 - this.betas[1] ** this.step))
        values[i] = values[i]! * (1 - rate * this.decay) - (rate * mean) / (spread + this.eps)
      }
      this.first.set(name, m)
      this.second.set(name, v)
    }
  }
}

const random = seededRandom(7)
const draw = (count: number) => Array.from({ length: count }, () => Math.fround(2 * random() - 1))
const START = Object.entries(SIZES).map(([name, size]) => [name, draw(size)] as const)
/** Gradients of every step; `idle` never has one, `bias` not in the second. */
const GRADIENTS = RATES.map(
  (_, step) =>
    new Map([['weight', draw(12)], ...(step === 1 ? [] : [['bias', draw(3)] as [string, number[]]])]),
)

function parameters(): Map<string, Tensor> {
  return new Map(START.map(([name, values]) => [name, Tensor.from(device, values, [values.length])]))
}

function applyStep(optimizer: AdamW, tensors: Map<string, Tensor>, step: number): void {
  const gradients = new Gradients(
    new Map(
      [...GRADIENTS[step]!].map(([name, values]) => [
        tensors.get(name)!,
        Tensor.from(device, values, [values.length]),
      ]),
    ),
  )
  optimizer.step(gradients, RATES[step]!)
  gradients.dispose()
}

async function valuesOf(tensors: Map<string, Tensor>): Promise<Record<string, readonly number[]>> {
  const entries = [...tensors].map(async ([name, tensor]) => [name, [...(await tensor.data())]] as const)
  return Object.fromEntries(await Promise.all(entries))
}

function disposeAll(optimizer: AdamW, tensors: Map<string, Tensor>): void {
  optimizer.dispose()
  for (const tensor of tensors.values()) tensor.dispose()
}

for (const weightDecay of [undefined, 0, 0.3]) {
  test(`updates as torch.optim.AdamW does, weight decay ${weightDecay ?? 'as in the specification'}`, async () => {
    const tensors = parameters()
    const optimizer = new AdamW(tensors, weightDecay === undefined ? {} : { weightDecay })
    const plain = new PlainAdamW(
      new Map(START.map(([name, values]) => [name, [...values]])),
      weightDecay ?? 1e-3,
    )
    for (const [step, rate] of RATES.entries()) {
      applyStep(optimizer, tensors, step)
      plain.update(GRADIENTS[step]!, rate)
      const actual = await valuesOf(tensors)
      for (const [name, expected] of plain.values)
        for (const [i, value] of expected.entries())
          assert.ok(
            Math.abs(actual[name]![i]! - value) < 1e-6,
            `step ${step} ${name}[${i}]: ${actual[name]![i]}, not ${value}`,
          )
    }
    assert.is(optimizer.steps, RATES.length)
    disposeAll(optimizer, tensors)
  })
}

test('a parameter without a gradient decays and nothing else', async () => {
  const tensors = parameters()
  const optimizer = new AdamW(tensors, { weightDecay: 0.5 })
  for (const step of RATES.keys()) applyStep(optimizer, tensors, step)
  const factor = RATES.reduce((product, rate) => product * (1 - rate * 0.5), 1)
  const { idle } = await valuesOf(tensors)
  const start = START.find(([name]) => name === 'idle')![1]
  for (const [i, value] of idle!.entries()) assert.ok(Math.abs(value - start[i]! * factor) < 1e-6)
  disposeAll(optimizer, tensors)
})

test('state and restore continue with the same bits', async () => {
  const whole = parameters()
  const once = new AdamW(whole)
  for (const step of RATES.keys()) applyStep(once, whole, step)
  const first = parameters()
  const begun = new AdamW(first)
  for (const step of [0, 1, 2]) applyStep(begun, first, step)
  const state = await begun.state()
  assert.equal([...state.moments.keys()].slice(0, 2), ['weight.first', 'weight.second'])
  const second = new Map(
    Object.entries(await valuesOf(first)).map(([name, values]) => [
      name,
      Tensor.from(device, values, [values.length]),
    ]),
  )
  const resumed = new AdamW(second)
  resumed.restore(state)
  assert.is(resumed.steps, 3)
  for (const step of [3, 4]) applyStep(resumed, second, step)
  assert.equal(await valuesOf(second), await valuesOf(whole))
  state.moments.delete('bias.second')
  assert.throws(() => resumed.restore(state), hasCode('ERR_SHAPE', '0 values'))
  disposeAll(once, whole)
  disposeAll(begun, first)
  disposeAll(resumed, second)
})

optimizers.run()
