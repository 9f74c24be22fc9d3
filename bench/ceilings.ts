import { Device } from '../lib/runtime/device.js'
import { combine } from '../lib/tensor/ops/combine.js'
import { fillNormal } from '../lib/tensor/ops/random-normal.js'
import { Tensor } from '../lib/tensor/tensor.js'
import { runTrial } from './contest.js'
import { peerProgram } from './peers.js'
import type { Plan } from './plan.js'
import { type Ceilings, median } from './result.js'

/**
 * The device's ceilings. Of a GPU by PyTorch, in a process of its own; without it only the copy, by a kernel of ours.
 * Of the CPU by loops that keep to registers, all threads at once.
 */
export async function measureCeilings(plan: Pick<Plan, 'device' | 'size' | 'peers'>): Promise<Ceilings> {
  if (plan.device === 'cpu') return cpuCeilings(plan.size)
  let reason = typeof plan.peers === 'string' ? `no PyTorch: ${plan.peers}` : ''
  if (typeof plan.peers !== 'string') {
    const tiny = plan.size === 'tiny' ? ['--size-tiny'] : []
    const args = [peerProgram('torch_ceilings.py'), '--device', plan.peers.device, ...tiny]
    try {
      const found: unknown = await runTrial({ program: plan.peers.python, args }, 120_000)
      return found as Ceilings
    } catch (error) {
      reason = (error as Error).message
    }
  }
  const none = { gemmBf16Tflops: null, gemmF32Tflops: null }
  const copyGBs = await ownCopy(plan).catch(() => null)
  return { ...none, copyGBs, source: "msta-native's combine kernel (copy)", reason }
}

/** The kinds of native/cpu/peak.cc. */
const PEAKS = { gemmF32Tflops: 0, gemmBf16Tflops: 1, int8Tops: 2 } as const
/** The best counts: others on the machine can only lower a ceiling. */
const PEAK_ROUNDS = 30

async function cpuCeilings(size: Plan['size']): Promise<Ceilings> {
  const device = Device.get('cpu')
  const operations = Tensor.empty(device, [1])
  const rounds = size === 'tiny' ? 1e5 : 2e6
  const peak = async (kind: number) => {
    const started = performance.now()
    device.launch('cpu_peak', { operations }, [kind, rounds])
    const [count] = await operations.data()
    return count! / (performance.now() - started) / 1e9
  }
  const best = { gemmF32Tflops: 0, gemmBf16Tflops: 0, int8Tops: 0, copyGBs: 0 }
  // In turn, so that all meet the machine's quiet moments.
  for (let round = 0; round < PEAK_ROUNDS; round++) {
    for (const [name, kind] of Object.entries(PEAKS) as [keyof typeof PEAKS, number][])
      best[name] = Math.max(best[name], await peak(kind))
    if (round % 10 === 0) best.copyGBs = Math.max(best.copyGBs, await ownCopy({ device: 'cpu', size }))
  }
  operations.dispose()
  const orNull = (figure: number) => figure || null
  return {
    gemmF32Tflops: best.gemmF32Tflops,
    gemmBf16Tflops: orNull(best.gemmBf16Tflops),
    int8Tops: orNull(best.int8Tops),
    copyGBs: best.copyGBs,
    source: `register loops of ${device.description}; msta-native's combine kernel (copy)`,
    ...(best.int8Tops === 0 && { reason: 'these instructions have no products of bfloat16 or int8' }),
  }
}

/** GB/s, read and written, of a float32 copy by `combine`. */
async function ownCopy({ device: name, size }: Pick<Plan, 'device' | 'size'>): Promise<number> {
  const device = Device.get(name)
  const count = size === 'tiny' ? 2 ** 12 : name === 'cpu' ? 2 ** 26 : 2 ** 28
  const [from, to] = [Tensor.empty(device, [count]), Tensor.empty(device, [count])]
  fillNormal(from, 1, { seed: 1, stream: 0 })
  const repeat = 5
  const times: number[] = []
  for (let trial = 0; trial < 6; trial++) {
    await device.synchronize()
    const started = performance.now()
    for (let i = 0; i < repeat; i++) combine([from], [1], { out: to })
    await device.synchronize()
    times.push((performance.now() - started) / repeat)
  }
  for (const tensor of [from, to]) tensor.dispose()
  device.trim()
  const best = name === 'cpu' ? Math.min(...times) : median(times.slice(1))
  return (2 * 4 * count) / best / 1e6
}
