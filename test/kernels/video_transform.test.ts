// @env MSTA_KERNELS=avx512_bf16,avx512,avx2,portable,emulated

import * as assert from 'uvu/assert'
import type { KernelCase } from '../../native/kernels/spec.js'
import {
  mixExactly,
  resizedWindow,
  specs,
} from '../../native/kernels/video_transform/video_transform.spec.js'
import { assertWithin } from './compare.js'
import { fillCase } from './fill.js'
import { addCases, deviceSuite } from './kernel-suite.js'
import { type Bench, runCase } from './run-case.js'

const kernels = deviceSuite('kernels: video_transform')
const { onDevice } = kernels
addCases(kernels, specs)

const spec = specs[0]!

async function bytesOf(bench: Bench, one: KernelCase): Promise<Uint8Array> {
  const values = fillCase(spec, one, true)
  return [...(await runCase(bench, spec, one, values)).values()][0]!
}

const named = (name: string) => spec.cases.find((one) => one.name === name)!
const plain = spec.cases.filter(({ numbers, operands }) => {
  return operands[1]!.dtype === 'uint8' && numbers.gray === 0 && numbers.jitter === 0
})

onDevice('every resized pixel is within one of the real-valued bilinear mean', async (bench) => {
  for (const one of plain) {
    const { input } = fillCase(spec, one, true)
    const exact = resizedWindow(input!, one.numbers as never, mixExactly).flat(2)
    const bytes = await bytesOf(bench, one)
    const furthest = exact.reduce(
      (most, value, i) => Math.max(most, Math.abs(Math.round(value) - bytes[i]!)),
      0,
    )
    assertWithin(furthest, 1, one.name)
    const bias = exact.reduce((total, value, i) => total + bytes[i]! - value, 0) / exact.length
    assertWithin(Math.abs(bias), 0.5, `${one.name}: mean difference`)
  }
})

onDevice('a crop that keeps its size is copied exactly, flipped or not', async (bench) => {
  const whole = named('32x32 to 32x32 window 32 at 0 0 uint8')
  assert.equal(Float64Array.from(await bytesOf(bench, whole)), fillCase(spec, whole, true).input)
  const part = named('40x30 crop 11 6 17 17 to 17x17 window 17 at 0 0 uint8 flip')
  const { input } = fillCase(spec, part, true)
  const bytes = await bytesOf(bench, part)
  for (let at = 0; at < bytes.length; at++) {
    const [c, x, y, t] = [
      at % 3,
      Math.floor(at / 3) % 17,
      Math.floor(at / 51) % 17,
      Math.floor(at / (51 * 17)),
    ]
    assert.is(bytes[at], input![((t * 30 + 6 + y) * 40 + 11 + 16 - x) * 3 + c])
  }
})

onDevice('three crops are windows of one resized frame', async (bench) => {
  const crops = spec.cases.filter(({ name }) => name.startsWith('64x48 to 37x28 window 17'))
  assert.is(crops.length, 3)
  const whole = { ...crops[0]!.numbers, size: 28, offsetX: 0, offsetY: 0 }
  const { input } = fillCase(spec, crops[0]!, true)
  const operands = crops[0]!.operands
  const full: KernelCase = {
    ...crops[0]!,
    numbers: whole,
    operands: [operands[0]!, { ...operands[1]!, shape: [2, 28, 28, 3] }],
  }
  const large = [...(await runCase(bench, spec, full, { input: input! })).values()][0]!
  for (const x of [0, 10]) {
    const one = { ...crops[0]!, numbers: { ...crops[0]!.numbers, offsetX: x } }
    const small = [...(await runCase(bench, spec, one, { input: input! })).values()][0]!
    for (let at = 0; at < small.length; at++) {
      const [c, column, row, t] = [
        at % 3,
        Math.floor(at / 3) % 17,
        Math.floor(at / 51) % 17,
        Math.floor(at / 867),
      ]
      assert.is(small[at], large[((t * 28 + row + 5) * 28 + column + x) * 3 + c])
    }
  }
})

kernels.run()
