// @env MSTA_KERNELS=avx512_bf16,avx512,avx2,portable,emulated

import * as assert from 'uvu/assert'
import { forwardCase, specs } from '../../native/kernels/msta_adapter/msta_adapter.spec.js'
import { philox } from '../../native/kernels/random_normal/random_normal.spec.js'
import type { KernelCase, Values } from '../../native/kernels/spec.js'
import { assertMatches, assertWithin } from './compare.js'
import { fillCase, presentValues } from './fill.js'
import { addCases, deviceSuite } from './kernel-suite.js'
import { type Bench, runCase } from './run-case.js'
import { decode } from './storage.js'

const kernels = deviceSuite('kernels: msta_adapter')
const { onDevice } = kernels
addCases(kernels, specs)

const [forwardSpec, backwardSpec] = specs as [(typeof specs)[0], (typeof specs)[0]]

async function outputsOf(bench: Bench, one: KernelCase, values: Values): Promise<Values> {
  const outputs = await runCase(bench, forwardSpec, one, values)
  return Object.fromEntries(
    [...outputs].map(([operand, bytes]) => [operand.name, decode(operand.dtype, bytes)]),
  )
}

const DIMS = [100, 24, 64] as const

/** One forward call whose z is nowhere zero without dropout. */
async function positiveForward(
  bench: Bench,
  dropout: number,
  seed = 7,
  stream = 3,
  shared = true,
): Promise<Values> {
  const one = forwardCase(DIMS, { dropout, seed, stream, shared })
  const values = fillCase(forwardSpec, forwardCase(DIMS, { shared }), true)
  const bias = shared ? 'shared_bias' : 'down_bias'
  return outputsOf(bench, one, { ...values, [bias]: values[bias]!.map((x) => x + 500) })
}

for (const shared of [true, false]) {
  const words = shared ? 'with shared' : 'without shared'
  onDevice(`dropout keeps 1 - p of z, scaled by 1 / (1 - p), ${words}`, async (bench) => {
    const whole = await positiveForward(bench, 0, 7, 3, shared)
    assert.ok(whole.z!.every((x) => x > 0))
    for (const p of [0.1, 0.5, 0.9]) {
      const { z, hidden } = await positiveForward(bench, p, 7, 3, shared)
      if (shared) assert.equal(hidden, whole.hidden)
      let kept = 0
      z!.forEach((value, i) => {
        if (value === 0) return
        kept++
        assertWithin(Math.abs((value * (1 - p)) / whole.z![i]! - 1), 3e-7, `z[${i}] with dropout ${p}`)
      })
      const deviation = Math.sqrt((p * (1 - p)) / z!.length)
      assertWithin(Math.abs(kept / z!.length - (1 - p)), 4 * deviation, `share kept with dropout ${p}`)
    }
  })
}

onDevice('dropout falls evenly on rows and columns', async (bench) => {
  const [rows, , dim] = DIMS
  const { z } = await positiveForward(bench, 0.5)
  const kept = (count: number, at: (i: number) => number) => {
    const hits = Array.from({ length: count }, (_, i) => Number(z![at(i)]! > 0))
    return hits.reduce((total, hit) => total + hit, 0) / count
  }
  for (let d = 0; d < dim; d++)
    assertWithin(Math.abs(kept(rows, (r) => r * dim + d) - 0.5), 0.25, `column ${d}`)
  for (let r = 0; r < rows; r++) assertWithin(Math.abs(kept(dim, (d) => r * dim + d) - 0.5), 0.32, `row ${r}`)
})

onDevice('dropout is a function of seed and stream', async (bench) => {
  const first = await positiveForward(bench, 0.3)
  assert.equal(await positiveForward(bench, 0.3), first)
  const mask = (values: Values) => [...values.z!].map((x) => Number(x > 0)).join('')
  const masks = [first, await positiveForward(bench, 0.3, 8, 3), await positiveForward(bench, 0.3, 7, 4)].map(
    mask,
  )
  assert.is(new Set(masks).size, 3)
})

onDevice('dropout takes element i from number i of the Philox stream', async (bench) => {
  const { z } = await positiveForward(bench, 0.3, 2 ** 33 + 11, 2 ** 34 + 5)
  const [seed, stream] = [2n ** 33n + 11n, 2n ** 34n + 5n]
  const expected = [...z!.keys()].map((i) => {
    const word = philox(seed, stream, BigInt(Math.floor(i / 4)))[i % 4]!
    return word / 2 ** 32 >= 0.3
  })
  assert.equal(
    [...z!].map((x) => x > 0),
    expected,
  )
})

onDevice('out is made of the z after dropout', async (bench) => {
  const [rows, width, dim] = DIMS
  const values = fillCase(forwardSpec, forwardCase(DIMS), true)
  const { out, z } = await outputsOf(bench, forwardCase(DIMS, { dropout: 0.5 }), values)
  const expected = out!.map((_, at) => {
    const [r, c] = [Math.floor(at / width), at % width]
    let total = values.residual![at]! + values.up_bias![c]!
    for (let d = 0; d < dim; d++) total += values.up![c * dim + d]! * z![r * dim + d]!
    return total
  })
  assert.is(expected.length, rows * width)
  assertMatches(forwardSpec, forwardCase(DIMS), { name: 'out', dtype: 'float32' }, out!, expected)
})

onDevice('backward follows the dropout of its forward', async (bench) => {
  const one = backwardSpec.cases.find(({ name }) => name.includes('dropout 0.4'))!
  const { rows, width, dim, alpha, dropout } = one.numbers as Record<string, number>
  const values = fillCase(backwardSpec, one, true)
  const call = forwardCase([rows!, width!, dim!], { alpha, dropout })
  const kept = await outputsOf(bench, call, values)
  const given = { ...values, z: kept.z!, hidden: kept.hidden! }
  const expected = backwardSpec.reference(presentValues(one, given), one.numbers)
  for (const [operand, bytes] of await runCase(bench, backwardSpec, one, given)) {
    assertMatches(backwardSpec, one, operand, decode(operand.dtype, bytes), expected[operand.name]!)
  }
})

kernels.run()
