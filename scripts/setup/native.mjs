import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { root, SetupError, say } from './root.mjs'
import { newest, stampTime } from './stamp.mjs'

const SOURCE = /\.(h|cc|cu|cuh|json)$/

/** Full path of a program on the PATH. */
export function onPath(program) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const candidate = join(folder, process.platform === 'win32' ? `${program}.exe` : program)
    try {
      accessSync(candidate, constants.X_OK)
      if (folder !== '') return candidate
    } catch {}
  }
  return undefined
}

/** Whether the addon is missing or older than what it is made from. */
export function addonIsStale() {
  const built = stampTime(join(root, 'build/.native-stamp'))
  if (built === 0 || !existsSync(join(root, 'build/Release/msta.node'))) return true
  const isSource = (name) => SOURCE.test(name)
  return (
    Math.max(newest(join(root, 'native'), isSource), newest(join(root, 'binding.gyp'))) > built ||
    newest(join(root, 'scripts/build-native.mjs')) > built
  )
}

function requireTools() {
  const missing = [
    ['python3', process.env.PYTHON ?? 'python3'],
    ['make', 'make'],
    ['g++', process.env.CXX?.split(' ')[0] ?? (onPath('g++') ? 'g++' : 'c++')],
  ].filter(([, program]) => !onPath(program) && !existsSync(program))
  if (missing.length === 0) return
  const names = missing.map(([name]) => name)
  throw new SetupError(
    `building the native addon needs ${names.join(', ')}. On Debian or Ubuntu: ` +
      `apt-get update && apt-get install -y --no-install-recommends ${names.join(' ')}`,
  )
}

export function buildAddon() {
  requireTools()
  say('building the native addon (node-gyp)')
  // A process of its own: node-gyp is there only since the packages were installed.
  const script = join(root, 'scripts/build-native.mjs')
  const { status } = spawnSync(process.execPath, [script, '--quiet'], { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new SetupError('the native addon did not build (see above).')
}
