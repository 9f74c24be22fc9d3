/**
 * What a kernel's `<op>.spec.ts` says: its cases (shapes, storage types, work) and a naive float64 twin.
 * The same lists drive the tests (`test/kernels`) and the benchmark. Types only: a twin shares no arithmetic
 * with anything, so that an error cannot hide on both sides.
 */
import type { DType } from '../../lib/runtime/binding.js'

/** The numbers of a call by name, in the order in which the kernel reads them. */
export type Numbers = Record<string, number>

/** Values of operands by name. */
export type Values = Record<string, Float64Array>

/** How an input gets its values. Whatever the way, they are rounded to the operand's storage type. */
export type Fill =
  /** Normal numbers of this deviation around `mean` (0). */
  | { normal: number; mean?: number }
  | { uniform: readonly [low: number, high: number] }
  /** Integers from 0 up to this one, exclusive. */
  | { below: number }
  | { values: ArrayLike<number> }
  /** Computed from the operands before it, absent ones included: what the forward kernel would have kept. */
  | { derived: (earlier: Values, numbers: Numbers) => Float64Array }

/** One operand of a call. */
export interface OperandSpec {
  name: string
  /** `aside`: not an operand of the kernel, only of the twin (a bias behind stored pre-activations). */
  role: 'in' | 'out' | 'inout' | 'aside'
  dtype: DType
  shape: readonly number[]
  /** For every role but `out`. */
  fill?: Fill
  /** The kernel gets null and the twin nothing; `derived` fills and `objective` still see its fill. */
  absent?: boolean
  /** This output is written over the named input. */
  over?: string
  /** The values reach the kernel in the form which another kernel makes of them. */
  via?: { kernel: string; numbers: Numbers; elements: number; dtype: DType }
}

/** One call of a kernel. */
export interface KernelCase {
  name: string
  numbers: Numbers
  /** In the order in which the kernel reads them. */
  operands: readonly OperandSpec[]
  flops: number
  /** Memory traffic, where it is not every operand once. */
  bytes?: number
  /** Replaces the kernel's float32 tolerance; the case says why. */
  tolerance?: number
  /** False where the derivative is a convention, and no difference quotient tells it. */
  differentiable?: boolean
}

/** Error allowed in one output against the twin, as ||out - twin|| / ||twin||. */
export interface Tolerance {
  float32: number
  /** In units of the error that rounding the twin's own result to bfloat16 makes. */
  bfloat16Roundings: number
  /**
   * On a GPU, in the same units, for every output of a case with a bfloat16 operand, where the kernel rounds what
   * it computes on the way (attention's probabilities) to bfloat16 for the tensor cores.
   */
  tensorCoreRoundings?: number
  /** The same on CPUs that multiply bfloat16 numbers (avx512_bf16), where the kernel lets them. */
  cpuProductRoundings?: number
  /** Share of uint8 values that must be exact; the others may be off by one. */
  uint8Exact?: number
}

/** One kernel: cases, tolerance and twin. */
export interface KernelSpec<N = Numbers, I = Values> {
  /** The name it is registered under. */
  kernel: string
  cases: readonly KernelCase[]
  /** Shapes of ViCLIP-B/16, for the benchmark. */
  bench: readonly KernelCase[]
  tolerance: Tolerance
  /** The naive float64 twin: every output by name. */
  reference(inputs: I, numbers: N): Values
  /** For a backward kernel: the scalar whose derivatives its outputs are, to check the twin itself. */
  gradients?: {
    objective(inputs: I, numbers: N): number
    /** Output name to the name of the input it is the derivative for. */
    of: Readonly<Record<string, string>>
  }
}
