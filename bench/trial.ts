import { readFileSync } from 'node:fs'
import type { Device } from '../lib/runtime/device.js'
import { deviceUsedMb } from './machine.js'

/** The most memory that this process has held so far, in MiB; not that of the processes it started. */
export function peakRssMb(): number {
  try {
    // What resourceUsage tells begins with the memory of the process that started this one.
    const status = readFileSync('/proc/self/status', 'utf8')
    return Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024
  } catch {
    return process.resourceUsage().maxRSS / 1024
  }
}

/** How a trial runs. */
export interface TrialOptions {
  warmup: number
  repeat: number
  /** A run is so many of what is timed; 1 unless given. */
  each?: number
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
  { warmup, repeat, each = 1, details }: TrialOptions,
): Promise<void> {
  for (let i = 0; i < warmup; i++) await run()
  await device.synchronize()
  device.resetPeakMemory()
  const times: number[] = []
  for (let i = 0; i < repeat; i++) {
    const started = performance.now()
    await run()
    times.push((performance.now() - started) / each)
  }
  const isGpu = device.name !== 'cpu'
  const peakDeviceMb = isGpu ? device.memory().peak / 2 ** 20 : null
  const used = isGpu ? deviceUsedMb() : null
  // Before the details, which may take memory of their own.
  const peak = peakRssMb()
  console.log(
    JSON.stringify({ times, peakRssMb: peak, peakDeviceMb, deviceUsedMb: used, ...(await details()) }),
  )
}
