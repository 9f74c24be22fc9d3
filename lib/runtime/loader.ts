import { createRequire } from 'node:module'
import type { NativeBinding } from './binding.js'
import { MstaError } from './errors.js'
import { packageRoot } from './package-root.js'
import { applyThreads, initialThreads } from './thread-count.js'

const require = createRequire(import.meta.url)
let loaded: NativeBinding | undefined
let loadedFrom = ''

/** One way of finding the addon that did not work. */
interface FailedAttempt {
  what: string
  reason: string
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message.split('\n')[0]! : String(error))

function tryLoad(what: string, find: () => string, failed: FailedAttempt[]): NativeBinding | undefined {
  try {
    loadedFrom = find()
    return require(loadedFrom) as NativeBinding
  } catch (error) {
    // The addon was found and refused to start (MSTA_CPU_ISA names an unknown or unsupported instruction set).
    if ((error as { code?: string }).code === 'ERR_DEVICE') throw new MstaError('ERR_DEVICE', reasonOf(error))
    failed.push({ what, reason: reasonOf(error) })
    return undefined
  }
}

/**
 * Loads the native addon once: the file named by `MSTA_NATIVE_BINARY`, else a prebuilt binary for this platform,
 * else the one built from source in `build/Release`.
 *
 * @throws MstaError ERR_LOAD with every attempt, its reason and the remedy; ERR_DEVICE for a bad `MSTA_CPU_ISA`;
 *   ERR_ARGUMENT for a bad `MSTA_NUM_THREADS`.
 */
export function loadBinding(): NativeBinding {
  loaded ??= findBinding()
  // Another environment (worker) of the process may have set them.
  if (loaded.threads() === 0) applyThreads(loaded, initialThreads())
  return loaded
}

function findBinding(): NativeBinding {
  const failed: FailedAttempt[] = []
  const named = process.env.MSTA_NATIVE_BINARY
  const binding = named
    ? tryLoad(`MSTA_NATIVE_BINARY=${named}`, () => require.resolve(named), failed)
    : tryLoad(
        `prebuilds/ and build/Release in ${packageRoot}`,
        () => require('node-gyp-build').path(packageRoot),
        failed,
      )
  if (binding) return binding
  const attempts = failed.map(({ what, reason }) => `  - ${what}: ${reason}`).join('\n')
  throw new MstaError(
    'ERR_LOAD',
    `The native addon of msta-native could not be loaded on ${process.platform}-${process.arch}:\n${attempts}\n` +
      `Build it with \`npm run build:native\` in ${packageRoot} (needs Python 3, make and a C++20 compiler).`,
  )
}

/** The file that {@link loadBinding} loads, so that another process can load the same. @throws as `loadBinding` */
export function addonPath(): string {
  loadBinding()
  return loadedFrom
}
