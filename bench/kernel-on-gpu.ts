import {
  DTYPE_BYTES,
  DTYPE_CODES,
  type NativeBuffer,
  type NativeJob,
  type NativeStream,
} from '../lib/runtime/binding.js'
import { loadBinding } from '../lib/runtime/loader.js'
import type { OperandSpec } from '../native/kernels/spec.js'
import type { GpuCase } from './gpu-cases.js'
import type { Plan } from './plan.js'
import { type BenchRow, ceilingShare, median, spread } from './result.js'

const TRIALS = 7
/** A trial repeats a kernel until it takes about this long. */
const TRIAL_MS = 25
/** Calls go round copies of the operands that together exceed any L2 cache (50 to 126 MB today). */
const COLD_BYTES = 320e6
const MOST_COPIES = 512
/** Below this, enqueueing would be what is measured: such kernels are replayed as a graph, if that is faster. */
const SHORT_MS = 0.05
const GRAPH_CALLS = 64

const align = (bytes: number) => Math.ceil(bytes / 256) * 256
const elementsOf = ({ shape }: OperandSpec) => shape.reduce((size, n) => size * n, 1)
const bytesOf = (operand: OperandSpec) => align(Math.max(1, elementsOf(operand) * DTYPE_BYTES[operand.dtype]))

/** Valid integers: what the specification fills with, or ordinary bytes. */
function integers({ fill, dtype }: OperandSpec, count: number): Int32Array | Uint8Array {
  const below = fill && 'below' in fill ? fill.below : dtype === 'uint8' ? 256 : 1
  const values = dtype === 'uint8' ? new Uint8Array(count) : new Int32Array(count)
  let state = 12345
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    values[i] = Math.floor((state / 2 ** 32) * below)
  }
  return values
}

/** One buffer that holds `copies` of an operand, filled. */
function fill(stream: NativeStream, job: NativeJob, operand: OperandSpec, copies: number): NativeBuffer {
  const { dtype } = operand
  const pitch = bytesOf(operand)
  const buffer = stream.allocate(pitch * copies)
  if (dtype === 'float32' || dtype === 'bfloat16') {
    const elements = (pitch * copies) / DTYPE_BYTES[dtype]
    const meta = Float64Array.of(DTYPE_CODES[dtype], 0, elements, elements, 0.1, 1, 0)
    stream.run('random_normal', job, 0, [buffer], meta)
  } else {
    const values = integers(operand, elementsOf(operand))
    for (let copy = 0; copy < copies; copy++) stream.upload(buffer, copy * pitch, values, job, 0)
  }
  return buffer
}

/** Calls `use` with what replays the work that `record` enqueues so many times. */
async function withGraph<T>(
  { stream, job }: { stream: NativeStream; job: NativeJob },
  record: () => void,
  use: (replay: (count: number) => void) => Promise<T>,
): Promise<T> {
  stream.beginRecording()
  record()
  const graph = stream.endRecording()
  try {
    return await use((count) => {
      for (let i = 0; i < count; i++) graph.run(job, 0)
    })
  } finally {
    graph.free()
  }
}

/** One kernel on one case: many calls between two synchronisations, on operands that no cache holds. */
export async function measureOnGpu(plan: Plan, kernel: string, kase: GpuCase): Promise<BenchRow> {
  const binding = loadBinding()
  const stream = binding.createStream(plan.device)
  const job = binding.createJob()
  const buffers: (NativeBuffer | null)[] = []
  try {
    const size = kase.operands.reduce((sum, each) => sum + (each.absent ? 0 : bytesOf(each)), 0)
    const copies = plan.size === 'tiny' ? 2 : Math.min(MOST_COPIES, Math.max(1, Math.ceil(COLD_BYTES / size)))
    for (const each of kase.operands) buffers.push(each.absent ? null : fill(stream, job, each, copies))
    const calls = Array.from({ length: copies }, (_, copy) => {
      const meta = kase.operands.flatMap((each) =>
        each.absent ? [0, 0, 0] : [DTYPE_CODES[each.dtype], copy * bytesOf(each), elementsOf(each)],
      )
      return Float64Array.from([...meta, ...Object.values(kase.numbers)])
    })
    let next = 0
    const enqueue = (count: number) => {
      for (let i = 0; i < count; i++) stream.run(kernel, job, 0, buffers, calls[next++ % copies]!)
    }
    const time = async (run: () => void, count: number) => {
      const started = performance.now()
      run()
      await stream.sync(job)
      return (performance.now() - started) / count
    }
    const trials = async (run: (count: number) => void, callsEach: number) => {
      const once = (await time(() => run(1), 1)) / callsEach
      const few = Math.max(1, Math.min(20, Math.round(2 / (once * callsEach))))
      const estimate = await time(() => run(few), few * callsEach)
      const count = Math.max(1, Math.min(2000, Math.round(TRIAL_MS / (estimate * callsEach))))
      const times: number[] = []
      for (let i = 0; i < TRIALS; i++) times.push(await time(() => run(count), count * callsEach))
      return times
    }
    enqueue(1)
    await stream.sync(job)
    let times = await trials(enqueue, 1)
    if (median(times) < SHORT_MS || plan.size === 'tiny') {
      const inGraph = plan.size === 'tiny' ? copies : Math.max(GRAPH_CALLS, copies)
      const plain = times
      // Where a graph cannot be had, the plain times stand.
      const replayed = await withGraph(
        { stream, job },
        () => enqueue(inGraph),
        (replay) => trials(replay, inGraph),
      ).catch(() => plain)
      if (median(replayed) < median(times)) times = replayed
    }
    const medianMs = median(times)
    return {
      suite: 'kernels',
      name: kernel,
      device: plan.device,
      dtype: kase.dtype,
      shape: kase.shape,
      medianMs,
      spreadMs: spread(times),
      times: [times],
      gflops: kase.flops / medianMs / 1e6,
      gbs: kase.bytes / medianMs / 1e6,
      ceilingShare: ceilingShare(kase, medianMs, plan.ceilings),
      peakRssMb: null,
      peakDeviceMb: stream.stats().peak / 2 ** 20,
      peers: {},
    }
  } finally {
    for (const buffer of buffers) buffer?.free()
    stream.trim()
    await stream.sync(binding.createJob()).catch(() => {})
    stream.close()
  }
}
