/** The harness itself must be able to fail. */
import * as assert from 'uvu/assert'
import { specs as combineSpecs } from '../../native/kernels/combine/combine.spec.js'
import { specs as layerNormSpecs } from '../../native/kernels/layer_norm/layer_norm.spec.js'
import type { KernelCase, KernelSpec } from '../../native/kernels/spec.js'
import { skipUnless } from '../support/skip.js'
import { bfloat16Bits, roundToBfloat16 } from './bfloat16.js'
import { assertMatches, relativeError } from './compare.js'
import { fillCase, presentValues } from './fill.js'
import { checkGradients } from './gradient-check.js'
import { deviceSuite } from './kernel-suite.js'
import { isWatched, runCase } from './run-case.js'
import { decode, encode } from './storage.js'

const kernels = deviceSuite('kernels: the harness')
const { test, onDevice } = kernels

const combine = combineSpecs[0]!
const seventeen = combine.cases.find(({ numbers }) => numbers.count === 17)!

async function compareWith(bench: Parameters<typeof runCase>[0], spec: KernelSpec, one: KernelCase) {
  const values = fillCase(spec, one, true)
  const expected = spec.reference(presentValues(one, values), one.numbers)
  for (const [operand, bytes] of await runCase(bench, spec, one, values)) {
    assertMatches(spec, one, operand, decode(operand.dtype, bytes), expected[operand.name]!)
  }
}

/** The message that `body` fails with. (`assert.throws` lets failed assertions through.) */
async function rejection(body: () => unknown): Promise<string> {
  try {
    await body()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('nothing was found wrong')
}

test('bfloat16 rounds to nearest, ties to even', () => {
  assert.is(roundToBfloat16(1 + 1 / 256), 1)
  assert.is(roundToBfloat16(1 + 3 / 256), 1 + 1 / 64)
  assert.is(roundToBfloat16(-1.004), -1.0078125)
  assert.is(roundToBfloat16(3.4e38), Number.POSITIVE_INFINITY)
  assert.is(bfloat16Bits(Number.NaN), 0x7fc0)
})

test('an error of NaN, and anything where nothing belongs, is an error', async () => {
  assert.is(relativeError(Float64Array.of(1, 2), Float64Array.of(1, 2)), 0)
  assert.is(relativeError(Float64Array.of(0), Float64Array.of(0)), 0)
  assert.is(relativeError(Float64Array.of(1e-30), Float64Array.of(0)), Number.POSITIVE_INFINITY)
  const one = { ...seventeen, operands: [] }
  const out = { name: 'out', dtype: 'float32' } as const
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, 1.00001]) {
    const compare = () => assertMatches(combine, one, out, Float64Array.of(wrong), Float64Array.of(1))
    assert.match(await rejection(compare), 'allowed')
  }
  const compare = () => assertMatches(combine, one, out, Float64Array.of(Number.NaN), Float64Array.of(0))
  assert.match(await rejection(compare), 'allowed')
})

test('a twin with a wrong gradient is found out', async () => {
  const backward = layerNormSpecs[1]!
  const wrong: KernelSpec = {
    ...backward,
    reference(inputs, numbers) {
      const gradients = backward.reference(inputs, numbers)
      gradients.grad_weight![0]! *= 1.001
      return gradients
    },
  }
  const small = backward.cases.find(({ numbers }) => numbers.rows === 3)!
  assert.ok(checkGradients(backward, small) > 0)
  assert.match(await rejection(() => checkGradients(wrong, small)), 'grad_weight')
})

onDevice('a wrong number given to a kernel is found out', async (bench) => {
  await compareWith(bench, combine, seventeen)
  const wrong = {
    ...combine,
    reference: (inputs: object, numbers: object) =>
      combine.reference(inputs as never, { ...numbers, weight0: 0.50001 } as never),
  }
  assert.match(await rejection(() => compareWith(bench, wrong, seventeen)), 'allowed')
})

onDevice('an element left unwritten is found out', async (bench) => {
  const short = { ...seventeen, numbers: { ...seventeen.numbers, count: 16 } }
  const spec: KernelSpec = { ...combine, reference: (inputs) => combine.reference(inputs, seventeen.numbers) }
  assert.match(await rejection(() => compareWith(bench, spec, short)), 'error NaN')
})

const guardsTest: typeof onDevice = isWatched
  ? (title) => skipUnless(test, false, 'a sanitizer watches without guards')(title, () => {})
  : onDevice

guardsTest('an element written behind an output is found out', async (bench) => {
  const x = bench.place('float32', encode('float32', new Float32Array(8)))
  const out = bench.placeEmpty('float32', 8)
  bench.run(
    'combine',
    [9, 1, 0, 2],
    [
      { ...out, elements: 9 },
      { ...x, elements: 9 },
    ],
  )
  assert.match(await rejection(() => bench.read(out, 'out')), 'wrote behind')
  bench.free([x, out])
})

onDevice('an input written over is found out', async (bench) => {
  const swapped = {
    ...seventeen,
    operands: [{ ...seventeen.operands[1]! }, seventeen.operands[2]!, seventeen.operands[2]!],
  }
  const values = fillCase(combine, seventeen, true)
  assert.match(await rejection(() => runCase(bench, combine, swapped, values)), 'changed its input')
})

kernels.run()
