import { DTYPE_BYTES, DTYPE_CODES, type NativeBuffer } from '../lib/runtime/binding.js'
import { loadBinding } from '../lib/runtime/loader.js'
import type { KernelCase } from '../native/kernels/spec.js'
import { traffic } from './gpu-cases.js'
import { type BenchRow, type Ceilings, ceilingShare, median, spread } from './result.js'

const TRIALS = 5
/** A trial repeats a kernel until it takes about this long. */
const TRIAL_MS = 60

/** Operands that a cache may hold from call to call: no measure of memory. */
const CACHED_BYTES = 64e6

/** Time at the ceiling over time; null where memory would be the ceiling and a cache may hold the operands. */
function shareOf(kase: KernelCase, dtype: string, medianMs: number, ceilings: Ceilings | undefined) {
  const bytes = kase.bytes ?? traffic(kase.operands)
  const share = ceilingShare({ flops: kase.flops, bytes, dtype }, medianMs, ceilings)
  const byArithmetic = ceilingShare({ flops: kase.flops, dtype }, medianMs, ceilings)
  return bytes < CACHED_BYTES && share !== byArithmetic ? null : share
}

/** The storage type of a case: that of its first operand. */
export const dtypeOf = (kase: KernelCase): string => kase.operands[0]?.dtype ?? 'float32'

/** One kernel on one case of its specification, on the CPU. */
export async function measureOnCpu(
  kernel: string,
  kase: KernelCase,
  ceilings: Ceilings | undefined,
): Promise<BenchRow> {
  const binding = loadBinding()
  const stream = binding.createStream('cpu')
  const job = binding.createJob()
  try {
    const operands = kase.operands.filter(({ role }) => role !== 'aside')
    const meta: number[] = []
    const buffers = operands.map((operand): NativeBuffer | null => {
      if (operand.absent) {
        meta.push(0, 0, 0)
        return null
      }
      const dtype = operand.via?.dtype ?? operand.dtype
      const elements = operand.via?.elements ?? operand.shape.reduce((size, n) => size * n, 1)
      meta.push(DTYPE_CODES[dtype], 0, elements)
      const buffer = stream.allocate(Math.max(1, elements * DTYPE_BYTES[dtype]))
      // Speed does not depend on the values, as long as they are ordinary; integers must be valid indices.
      if (dtype === 'float32' || dtype === 'bfloat16')
        stream.run(
          'random_normal',
          job,
          0,
          [buffer],
          Float64Array.of(DTYPE_CODES[dtype], 0, elements, elements, 0.1, 1, 0),
        )
      else stream.upload(buffer, 0, new Uint8Array(elements * DTYPE_BYTES[dtype]), job, 0)
      return buffer
    })
    const call = Float64Array.from([...meta, ...Object.values(kase.numbers)])
    const time = async (count: number) => {
      const started = performance.now()
      for (let i = 0; i < count; i++) stream.run(kernel, job, 0, buffers, call)
      await stream.sync(job)
      return (performance.now() - started) / count
    }
    await time(1)
    const count = Math.max(1, Math.min(1000, Math.round(TRIAL_MS / (await time(1)))))
    const times: number[] = []
    for (let i = 0; i < TRIALS; i++) times.push(await time(count))
    const medianMs = median(times)
    const dtype = dtypeOf(kase)
    return {
      suite: 'kernels',
      name: kernel,
      device: 'cpu',
      dtype,
      shape: kase.name,
      medianMs,
      spreadMs: spread(times),
      times: [times],
      gflops: kase.flops / medianMs / 1e6,
      ceilingShare: shareOf(kase, dtype, medianMs, ceilings),
      peakRssMb: null,
      peers: {},
    }
  } finally {
    stream.close()
  }
}
