import { createRequire } from 'node:module'
import { type AddonFailure, describeLibc, explainFailure, searchedPlaces } from './addon-failure.js'
import type { NativeBinding } from './binding.js'
import { MstaError } from './errors.js'
import { packageRoot } from './package-root.js'
import { applyThreads, initialThreads } from './thread-count.js'

const require = createRequire(import.meta.url)
let loaded: NativeBinding | undefined
let loadedFrom = ''

const PREBUILT_FOR = 'linux-x64 with glibc 2.28 or later'

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

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
  const named = process.env.MSTA_NATIVE_BINARY
  try {
    loadedFrom = named ? require.resolve(named) : require('node-gyp-build').path(packageRoot)
  } catch (error) {
    const failures = named
      ? [{ path: `MSTA_NATIVE_BINARY=${named}`, reason: 'no such file' }]
      : searchedPlaces(messageOf(error), packageRoot)
    throw loadError(failures, error)
  }
  try {
    return require(loadedFrom) as NativeBinding
  } catch (error) {
    // The addon was found and refused to start (MSTA_CPU_ISA names an unknown or unsupported instruction set).
    if ((error as { code?: string }).code === 'ERR_DEVICE')
      throw new MstaError('ERR_DEVICE', messageOf(error).split('\n')[0]!)
    throw loadError([{ path: loadedFrom, reason: explainFailure(loadedFrom, messageOf(error)) }], error)
  }
}

function loadError(failures: AddonFailure[], cause: unknown): MstaError {
  const system = [`${process.platform}-${process.arch}`, describeLibc()].filter(Boolean).join(', ')
  const attempts = failures.map(({ path, reason }) => `  - ${path}: ${reason}`).join('\n')
  return new MstaError(
    'ERR_LOAD',
    `The native addon of msta-native could not be loaded (${system}, Node ${process.version}):\n${attempts}\n` +
      `The package brings it for ${PREBUILT_FOR}. Elsewhere build it: \`npm run build:native\` in ${packageRoot} ` +
      '(needs Python 3, make and a C++20 compiler, such as GCC 12 or later).',
    { cause },
  )
}

/** The file that {@link loadBinding} loads, so that another process can load the same. @throws as `loadBinding` */
export function addonPath(): string {
  loadBinding()
  return loadedFrom
}
