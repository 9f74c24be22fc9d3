// @env MSTA_KERNELS=avx512_bf16,avx512,avx2,portable,emulated

import * as assert from 'uvu/assert'
import { philox, philoxKnownAnswers, specs } from '../../native/kernels/random_normal/random_normal.spec.js'
import { assertWithin } from './compare.js'
import { addCases, deviceSuite } from './kernel-suite.js'
import type { Bench } from './run-case.js'

const kernels = deviceSuite('kernels: random_normal')
const { test, onDevice } = kernels
addCases(kernels, specs)

async function draw(bench: Bench, count: number, deviation: number, seed: number, stream: number) {
  const out = bench.placeEmpty('float32', count)
  bench.run('random_normal', [count, deviation, seed, stream], [out])
  const values = await bench.readValues(out, 'out')
  bench.free([out])
  return values
}

const mean = (values: Float64Array) => values.reduce((total, x) => total + x, 0) / values.length

function correlation(a: Float64Array, b: Float64Array): number {
  const products = Float64Array.from({ length: Math.min(a.length, b.length) }, (_, i) => a[i]! * b[i]!)
  return mean(products)
}

test("the twin's generator gives the published answers of Philox4x32-10", () => {
  for (const { seed, stream, block, words } of philoxKnownAnswers)
    assert.equal(philox(seed, stream, block), [...words])
})

onDevice('moments of a million draws are those of the normal distribution', async (bench) => {
  const count = 1_000_000
  const values = await draw(bench, count, 1, 2048, 9)
  const moment = (power: number) => mean(values.map((x) => x ** power))
  // Deviations of the sample moments: sqrt(1, 2, 15, 96) / sqrt(count); five of them are allowed.
  const allowed = (variance: number) => 5 * Math.sqrt(variance / count)
  assertWithin(Math.abs(moment(1)), allowed(1), 'mean')
  assertWithin(Math.abs(moment(2) - 1), allowed(2), 'variance')
  assertWithin(Math.abs(moment(3)), allowed(15), 'skewness')
  assertWithin(Math.abs(moment(4) - 3), allowed(96), 'kurtosis')
  assert.ok(values.every(Number.isFinite))
})

onDevice('a seed and stream give the same numbers, others give others', async (bench) => {
  const first = await draw(bench, 20_000, 1, 5, 6)
  assert.equal(await draw(bench, 20_000, 1, 5, 6), first)
  assert.equal(await draw(bench, 777, 1, 5, 6), first.slice(0, 777), 'a shorter draw is a prefix')
  for (const [seed, stream] of [
    [6, 5],
    [5, 7],
    [7, 6],
    [5, 2 ** 32 + 6],
    [2 ** 32 + 5, 6],
  ] as const) {
    assertWithin(
      Math.abs(correlation(first, await draw(bench, 20_000, 1, seed, stream))),
      5 / Math.sqrt(20_000),
      'correlation',
    )
  }
  assertWithin(
    Math.abs(correlation(first, first.slice(1))),
    5 / Math.sqrt(20_000),
    'correlation of neighbours',
  )
})

kernels.run()
