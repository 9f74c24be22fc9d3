/** Comparisons that NaN cannot pass. */
import * as assert from 'uvu/assert'
import type { DType } from '../../lib/runtime/binding.js'
import type { KernelCase, KernelSpec } from '../../native/kernels/spec.js'
import { roundToBfloat16 } from './bfloat16.js'

const norm = (values: Float64Array) => Math.sqrt(values.reduce((total, x) => total + x * x, 0))

/** ||out - expected|| / ||expected||; when nothing is expected, 0 for nothing and infinity for anything. */
export function relativeError(out: Float64Array, expected: Float64Array): number {
  const difference = norm(out.map((x, i) => x - expected[i]!))
  const size = norm(expected)
  if (size > 0) return difference / size
  return difference === 0 ? 0 : Number.POSITIVE_INFINITY
}

/** How a device multiplies bfloat16 numbers: widened, or rounding what a kernel computes on the way to it. */
export type Multiplier = 'widened' | 'tensor cores' | 'cpu products'

/** Throws unless `error <= allowed`, which is also false for NaN. */
export function assertWithin(error: number, allowed: number, what: string): void {
  assert.ok(error <= allowed, `${what}: error ${error}, allowed ${allowed}`)
}

function assertBytes(out: Float64Array, expected: Float64Array, exact: number, what: string): void {
  let [wrong, worst] = [0, 0]
  out.forEach((value, i) => {
    if (value !== expected[i]) wrong++
    worst = Math.max(worst, Math.abs(value - expected[i]!))
  })
  assertWithin(worst, 1, `${what}, furthest value`)
  assertWithin(wrong, (1 - exact) * out.length, `${what}, values of ${out.length} that differ`)
}

/** Compares one output with the twin's, within the tolerance of its storage type. */
export function assertMatches(
  spec: KernelSpec,
  one: KernelCase,
  { name, dtype }: { name: string; dtype: DType },
  out: Float64Array,
  expected: Float64Array,
  multiplier: Multiplier = 'widened',
): void {
  const what = `${spec.kernel} [${one.name}] ${name}`
  assert.is(out.length, expected.length, `${what}: ${out.length} values, the twin has ${expected.length}`)
  const { float32, bfloat16Roundings, uint8Exact = 1 } = spec.tolerance
  if (dtype === 'uint8' || dtype === 'int32') {
    assertBytes(out, expected, uint8Exact, what)
    return
  }
  // Where any operand is stored as bfloat16, products round to it on the way.
  const rounds = one.operands.some((operand) => operand.dtype === 'bfloat16' && !operand.absent)
  const productRoundings = {
    widened: 0,
    'tensor cores': spec.tolerance.tensorCoreRoundings ?? 0,
    'cpu products': spec.tolerance.cpuProductRoundings ?? 0,
  }[multiplier]
  const roundings = Math.max(dtype === 'bfloat16' ? bfloat16Roundings : 0, rounds ? productRoundings : 0)
  const halves = expected.map(roundToBfloat16)
  const rounding = roundings * relativeError(halves, expected)
  assertWithin(relativeError(out, expected), (one.tolerance ?? float32) + rounding, what)
}
