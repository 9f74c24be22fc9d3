import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { buildPlugin, emulatedStamp } from '../build-plugin.mjs'
import { aptInstall } from './apt.mjs'
import { onPath } from './native.mjs'
import { root, SetupError, say } from './root.mjs'
import { newest, stampTime } from './stamp.mjs'

const SOURCE = /\.(h|cc|cu|json)$/

/** Whether the emulated CUDA plugin is missing or older than what it is made from. */
export function emulatedIsStale() {
  const built = stampTime(emulatedStamp)
  if (built === 0 || !existsSync(join(root, 'build/emulated/libmsta_cuda.so'))) return true
  const sources = newest(join(root, 'native'), (name) => SOURCE.test(name))
  return Math.max(sources, newest(join(root, 'CMakeLists.txt'))) > built
}

/** Without CMake the tests of the CUDA kernels are skipped; all else goes on. */
export function buildEmulated() {
  if (!onPath('cmake') && !aptInstall('cmake')) {
    say(
      'there is no cmake: the CUDA kernels will not be tested. On Debian or Ubuntu: apt-get install -y cmake',
    )
    return
  }
  say('building the CUDA kernels for the emulator (cmake)')
  try {
    buildPlugin({ emulated: true, quiet: true })
  } catch (error) {
    throw new SetupError(error.message)
  }
}
