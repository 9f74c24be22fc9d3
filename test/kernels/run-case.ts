/** Runs one case on the device, between guard bytes. */
import * as assert from 'uvu/assert'
import {
  DTYPE_BYTES,
  DTYPE_CODES,
  type DType,
  type NativeBinding,
  type NativeBuffer,
  type NativeJob,
  type NativeStream,
} from '../../lib/runtime/binding.js'
import type { KernelCase, KernelSpec, Numbers, OperandSpec, Values } from '../../native/kernels/spec.js'
import { elementsOf } from './fill.js'
import { decode, encode } from './storage.js'

/** Whether a sanitizer watches the ends of all memory: then an operand fills its own, without guards. */
export const isWatched = process.env.MSTA_SANITIZER !== undefined
/** Bytes before an operand: any element's alignment and no vector's, or every vector's. */
const GUARD_BEFORE = isWatched ? { unaligned: 0, aligned: 0 } : { unaligned: 60, aligned: 128 }
/** Bytes behind it: more than the widest vector. */
const GUARD_BEHIND = isWatched ? 0 : 132
const GUARD = 0xa5

/** Memory of one operand: guard, data, guard. */
export interface Placed {
  buffer: NativeBuffer
  dtype: DType
  elements: number
  /** What was written first, guards included. */
  initial: Uint8Array
  /** Bytes of the guard before it. */
  before: number
}

/** A kernel call's operand: where it lies, or null. */
export type Argument = Placed | null

/** A stream and a job on it, with what a test needs to use them. */
export class Bench {
  readonly stream: NativeStream
  job: NativeJob
  readonly #binding: NativeBinding
  #before = GUARD_BEFORE.unaligned

  constructor({ binding, device }: { binding: NativeBinding; device: string }) {
    this.#binding = binding
    this.stream = binding.createStream(device)
    this.job = binding.createJob()
  }

  /** Whether operands placed from now on lie at addresses that suit vectors. */
  set aligned(value: boolean) {
    this.#before = value ? GUARD_BEFORE.aligned : GUARD_BEFORE.unaligned
  }

  /** After a failure, a job skips everything: go on with a fresh one. */
  newJob(): void {
    this.job = this.#binding.createJob()
  }

  /** Memory holding `data` of a storage type, between guard bytes. */
  place(dtype: DType, data: Uint8Array): Placed {
    const before = this.#before
    const initial = new Uint8Array(before + data.length + GUARD_BEHIND).fill(GUARD)
    initial.set(data, before)
    const buffer = this.stream.allocate(initial.length)
    this.stream.upload(buffer, 0, initial, this.job, 0)
    return { buffer, dtype, elements: data.length / DTYPE_BYTES[dtype], initial, before }
  }

  /** Memory of not-a-numbers (of 0xff bytes where the type has none), so that an unwritten element shows. */
  placeEmpty(dtype: DType, elements: number): Placed {
    return this.place(dtype, new Uint8Array(elements * DTYPE_BYTES[dtype]).fill(0xff))
  }

  /** Enqueues a kernel. */
  run(kernel: string, numbers: readonly number[], operands: readonly Argument[]): void {
    const places = operands.flatMap((operand) =>
      operand ? [DTYPE_CODES[operand.dtype], operand.before, operand.elements] : [0, 0, 0],
    )
    const buffers = operands.map((operand) => operand?.buffer ?? null)
    this.stream.run(kernel, this.job, 0, buffers, Float64Array.from([...places, ...numbers]))
  }

  /** The bytes an operand holds now; throws if the guards around them changed. */
  async read(placed: Placed, what: string): Promise<Uint8Array> {
    const bytes = new Uint8Array(
      await this.stream.download(placed.buffer, 0, placed.initial.length, this.job),
    )
    const end = bytes.length - GUARD_BEHIND
    const intact = (part: Uint8Array) => part.every((byte) => byte === GUARD)
    assert.ok(intact(bytes.subarray(0, placed.before)), `${what}: the kernel wrote in front of it`)
    assert.ok(intact(bytes.subarray(end)), `${what}: the kernel wrote behind it`)
    return bytes.subarray(placed.before, end)
  }

  /** The numbers an operand holds now. */
  async readValues(placed: Placed, what: string): Promise<Float64Array> {
    return decode(placed.dtype, await this.read(placed, what))
  }

  /** Frees the memory of operands. */
  free(placed: readonly Argument[]): void {
    for (const buffer of new Set(placed.map((each) => each?.buffer))) buffer?.free()
  }
}

function placeOperand(
  bench: Bench,
  operand: OperandSpec,
  values: Values,
  placed: Map<string, Placed>,
): Argument {
  if (operand.absent) return null
  if (operand.over) return placed.get(operand.over)!
  const given = values[operand.name]
  if (operand.role === 'out' || !given) return bench.placeEmpty(operand.dtype, elementsOf(operand.shape))
  const source = bench.place(operand.dtype, encode(operand.dtype, given))
  if (!operand.via) return source
  const { kernel, numbers, elements, dtype } = operand.via
  const target = bench.placeEmpty(dtype, elements)
  bench.run(kernel, Object.values(numbers), [source, target])
  bench.free([source])
  return target
}

/** Whether a case is about packed weights, an affair of the CPU kernels. */
export const isCpuLayout = ({ kernel }: KernelSpec, { operands }: KernelCase): boolean =>
  kernel === 'linear_pack' || operands.some(({ via }) => via?.kernel === 'linear_pack')

/** The call of a case: what the kernel was given. */
export interface Call {
  operands: { spec: OperandSpec; argument: Argument }[]
  numbers: readonly number[]
}

/** Which operands, by position, lie at addresses that suit vectors. */
export type Alignment = (position: number) => boolean

/** On a GPU, aligned operands take other paths than unaligned ones, and a kernel must look at each. */
export const GPU_ALIGNMENTS: readonly Alignment[] = [
  () => true,
  () => false,
  (position) => position % 2 === 0,
  (position) => position % 2 === 1,
]
/** The CPU's kernels take any address the same way. */
export const CPU_ALIGNMENTS: readonly Alignment[] = [() => false]

/** Places a case's operands. */
export function prepare(bench: Bench, one: KernelCase, values: Values, aligned: Alignment): Call {
  const placed = new Map<string, Placed>()
  const passed = one.operands.filter((operand) => operand.role !== 'aside')
  // An output may lie over an input that comes after it.
  for (const spec of [...passed].sort((a, b) => Number(Boolean(a.over)) - Number(Boolean(b.over)))) {
    bench.aligned = aligned(passed.indexOf(spec))
    const argument = placeOperand(bench, spec, values, placed)
    if (argument) placed.set(spec.name, argument)
  }
  return {
    operands: passed.map((spec) => ({ spec, argument: placed.get(spec.name) ?? null })),
    numbers: Object.values(one.numbers satisfies Numbers),
  }
}

/** Runs a case; returns the bytes of its outputs. Throws where the kernel wrote where it must not. */
export async function runCase(
  bench: Bench,
  spec: KernelSpec,
  one: KernelCase,
  values: Values,
  aligned: Alignment = () => false,
): Promise<Map<OperandSpec, Uint8Array>> {
  const { operands, numbers } = prepare(bench, one, values, aligned)
  const placed = operands.map(({ argument }) => argument)
  const outputs = new Map<OperandSpec, Uint8Array>()
  const overwritten = new Set(operands.map((each) => each.spec.over))
  try {
    bench.run(spec.kernel, numbers, placed)
    for (const { spec: operand, argument } of operands) {
      if (!argument) continue
      const what = `${spec.kernel} [${one.name}] ${operand.name}`
      const bytes = await bench.read(argument, what)
      if (operand.role !== 'in') outputs.set(operand, bytes)
      else if (!operand.via && !overwritten.has(operand.name)) {
        assert.ok(
          bytes.every((byte, i) => byte === argument.initial[argument.before + i]),
          `${what}: the kernel changed its input`,
        )
      }
    }
  } finally {
    bench.free(placed)
  }
  return outputs
}
