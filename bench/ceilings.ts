import { Device } from '../lib/runtime/device.js'
import { combine } from '../lib/tensor/ops/combine.js'
import { fillNormal } from '../lib/tensor/ops/random-normal.js'
import { Tensor } from '../lib/tensor/tensor.js'
import { runTrial } from './contest.js'
import { peerProgram } from './peers.js'
import type { Plan } from './plan.js'
import { type Ceilings, median } from './result.js'

/** The device's ceilings: by PyTorch, in a process of its own; without it only the copy, by a kernel of ours. */
export async function measureCeilings(plan: Pick<Plan, 'device' | 'size' | 'peers'>): Promise<Ceilings> {
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

/** GB/s, read and written, of a float32 copy by `combine`. */
async function ownCopy({ device: name, size }: Pick<Plan, 'device' | 'size'>): Promise<number> {
  const device = Device.get(name)
  const count = size === 'tiny' ? 2 ** 12 : 2 ** 28
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
  return (2 * 4 * count) / median(times.slice(1)) / 1e6
}
