import { loadBinding } from './loader.js'
import { applyThreads, checkThreads } from './thread-count.js'

/**
 * Sets how many threads the CPU kernels of this process use, the stream's own among them; kernels that run already
 * keep theirs. Results are the same, bit for bit, whenever the number is the same. Until it is called the number is
 * `MSTA_NUM_THREADS`, else that of the CPUs which affinity mask and cgroups leave this process.
 *
 * @throws MstaError ERR_ARGUMENT unless it is a whole number from 1 to 1024; ERR_DEVICE when the system has no
 *   more of them; ERR_LOAD without the native addon
 */
export function setThreads(count: number): void {
  applyThreads(loadBinding(), checkThreads(count, 'The number of threads'))
}

/** How many threads the CPU kernels use; see {@link setThreads}. @throws MstaError ERR_LOAD, ERR_ARGUMENT */
export function threadCount(): number {
  return loadBinding().threads()
}
