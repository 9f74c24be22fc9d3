import type { NativeBinding } from './binding.js'
import { usableCpus } from './cpus.js'
import { MstaError } from './errors.js'

const MOST_THREADS = 1024

/** @returns `count` @throws MstaError ERR_ARGUMENT unless it is a whole number from 1 to 1024 */
export function checkThreads(count: number, what: string): number {
  if (Number.isInteger(count) && count >= 1 && count <= MOST_THREADS) return count
  throw new MstaError(
    'ERR_ARGUMENT',
    `${what} must be a whole number from 1 to ${MOST_THREADS}, not ${count}`,
  )
}

/** Threads that the CPU kernels begin with. @throws MstaError ERR_ARGUMENT for a wrong `MSTA_NUM_THREADS` */
export function initialThreads(): number {
  const given = process.env.MSTA_NUM_THREADS
  if (given === undefined || given === '') return Math.min(usableCpus(), MOST_THREADS)
  const count = /^\d+$/.test(given) ? Number(given) : Number.NaN
  return checkThreads(count, `MSTA_NUM_THREADS=${given}: the number of threads`)
}

/** Gives the kernels of `binding` that many threads. @throws MstaError ERR_DEVICE when the system has no more of them */
export function applyThreads(binding: NativeBinding, count: number): void {
  try {
    binding.setThreads(count)
  } catch (cause) {
    throw new MstaError('ERR_DEVICE', `${(cause as Error).message} (${count} wanted)`, { cause })
  }
}
