import type { Device } from '../lib/runtime/device.js'
import { deviceUsedMb } from './machine.js'

/** How a trial runs. */
export interface TrialOptions {
  warmup: number
  repeat: number
  /** Called after the timing, for what else the trial tells. */
  details: () => Promise<Record<string, unknown>>
}

/**
 * Times `run`, which must end with the device synchronised, and prints the trial as one line of JSON: `times`, the
 * peak of memory in MB (of the process, and of the device's buffers since the warm-up), details.
 */
export async function printTrial(
  device: Device,
  run: () => Promise<void>,
  { warmup, repeat, details }: TrialOptions,
): Promise<void> {
  for (let i = 0; i < warmup; i++) await run()
  await device.synchronize()
  device.resetPeakMemory()
  const times: number[] = []
  for (let i = 0; i < repeat; i++) {
    const started = performance.now()
    await run()
    times.push(performance.now() - started)
  }
  const isGpu = device.name !== 'cpu'
  const peakDeviceMb = isGpu ? device.memory().peak / 2 ** 20 : null
  const used = isGpu ? deviceUsedMb() : null
  const peakRssMb = process.resourceUsage().maxRSS / 1024
  console.log(JSON.stringify({ times, peakRssMb, peakDeviceMb, deviceUsedMb: used, ...(await details()) }))
}
