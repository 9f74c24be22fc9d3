import { existsSync } from 'node:fs'
import type { NativeBinding } from './binding.js'
import { type CudaCandidate, cudaCandidates, PLUGIN_FILE, pluginRemedy } from './cuda-candidates.js'
import { oneLine, type ProbeFailure, probePlugin } from './cuda-probe.js'
import { addonPath, loadBinding } from './loader.js'
import { packageRoot } from './package-root.js'

/** One place where the CUDA plugin was looked for. */
export interface CudaAttempt {
  path: string
  /** Whether the plugin of this place is the one in use. */
  ok: boolean
  /** Why not, on one line; null where `ok`. */
  reason: string | null
  /** What to do about it; null where `ok`. */
  remedy: string | null
}

/** What a search for CUDA found. */
export interface CudaSearch {
  available: boolean
  /** The GPUs, `cuda:0` first; empty when not available. */
  devices: { name: string; description: string }[]
  /** Why CUDA is not available, on one line; null when it is. */
  reason: string | null
  /**
   * Every place looked at, in order, ending with the one that works. Empty where nothing had to be looked for: CUDA
   * is turned off, cannot be on this system, or another thread of this process has loaded it.
   */
  attempts: CudaAttempt[]
}

/** What a search may differ in. */
export interface CudaSearchSettings {
  /** Instead of `process.env`. */
  env?: NodeJS.ProcessEnv
  /** Longest time, in milliseconds, that a plugin may take to answer when it is tried; 20 000 unless given. */
  probeTimeoutMs?: number
  /** Folder that holds `build/cuda` and `prebuilds`; this package's unless given. */
  root?: string
  /** Instead of this machine's. */
  platform?: NodeJS.Platform
  /** Whether there is an NVIDIA driver; looked up in `/dev` and `/proc` unless given. */
  hasDriver?: boolean
}

const PROBE_TIMEOUT_MS = 20_000
// Any of them; /dev/dxg is the one of Linux on Windows (WSL).
const DRIVER_SIGNS = ['/dev/nvidiactl', '/dev/nvidia0', '/dev/dxg', '/proc/driver/nvidia']
const NO_DRIVER: ProbeFailure = {
  reason: 'no NVIDIA driver on this machine',
  remedy: 'install the NVIDIA driver; give a container its GPUs (Docker: --gpus all)',
}

let search: Promise<CudaSearch> | undefined
let finished: CudaSearch | undefined

/**
 * Looks for the CUDA plugin once in the life of this JavaScript environment and loads it where it works. A plugin is
 * first tried in a process of its own, so that a broken driver does no harm. Never rejects.
 *
 * @param settings count for the first call, which does the search
 * @example
 * const { available, reason } = await findCuda()
 * if (!available) console.error(`using the CPU: ${reason}`)
 */
export function findCuda(settings: CudaSearchSettings = {}): Promise<CudaSearch> {
  search ??= searchCuda(settings).then((found) => {
    finished = found
    return found
  })
  return search
}

/** The outcome of {@link findCuda}; undefined while there is none. */
export function finishedCudaSearch(): CudaSearch | undefined {
  return finished
}

/** A search whose outcome is not kept. Never rejects. */
export async function searchCuda(settings: CudaSearchSettings = {}): Promise<CudaSearch> {
  const { env = process.env, platform = process.platform } = settings
  if (env.MSTA_CUDA === '0') return unavailable('MSTA_CUDA=0 turns CUDA off (unset it to use CUDA)')
  if (platform !== 'linux') return unavailable(`CUDA is supported on Linux only, and this is ${platform}`)
  let binding: NativeBinding
  try {
    binding = loadBinding()
  } catch {
    return unavailable('the native addon cannot be loaded; opening the device "cpu" tells why')
  }
  if (gpus(binding).length > 0) return { available: true, devices: gpus(binding), reason: null, attempts: [] }

  const hasDriver = settings.hasDriver ?? DRIVER_SIGNS.some((path) => existsSync(path))
  const attempts: CudaAttempt[] = []
  const candidates = cudaCandidates(env, settings.root ?? packageRoot, binding.version)
  for (const candidate of candidates) {
    const failure = await attempt(binding, candidate, hasDriver, settings)
    if (!failure) {
      attempts.push({ path: candidate.path, ok: true, reason: null, remedy: null })
      return { available: true, devices: gpus(binding), reason: null, attempts }
    }
    attempts.push({ path: candidate.path, ok: false, ...failure })
  }
  const isNamed = candidates.length === 1
  const broken = attempts.find((_, i) => isNamed || !candidates[i]!.missing)
  if (broken) return unavailable(`${broken.path}: ${broken.reason}`, attempts)
  const noDriver = hasDriver ? '' : `, and there is ${NO_DRIVER.reason}`
  return unavailable(`no CUDA plugin (${PLUGIN_FILE}) is built or installed${noDriver}`, attempts)
}

async function attempt(
  binding: NativeBinding,
  { path, missing, needsDriver }: CudaCandidate,
  hasDriver: boolean,
  { env = process.env, probeTimeoutMs = PROBE_TIMEOUT_MS }: CudaSearchSettings,
): Promise<ProbeFailure | null> {
  if (missing) return missing
  if (needsDriver && !hasDriver) return NO_DRIVER
  const failure = await probePlugin(addonPath(), path, {
    env,
    timeoutMs: probeTimeoutMs,
    remedy: pluginRemedy(binding.version),
  })
  if (failure) return failure
  try {
    binding.loadPlugin(path)
    return null
  } catch (error) {
    const reason = `worked when it was tried, but not in this process: ${oneLine((error as Error).message)}`
    return { reason, remedy: 'start the program again' }
  }
}

const gpus = (binding: NativeBinding) => binding.devices().filter(({ name }) => name.startsWith('cuda'))

const unavailable = (reason: string, attempts: CudaAttempt[] = []): CudaSearch => ({
  available: false,
  devices: [],
  reason,
  attempts,
})
