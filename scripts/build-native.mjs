// Builds the CPU addon with node-gyp, from sources only: the headers come with the packages node-addon-api and
// node-api-headers, so nothing is downloaded.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const require = createRequire(import.meta.url)

/** node-gyp wants a folder with Node's common.gypi; the addon needs no more of it than this. */
function headerFolder() {
  const folder = join(root, 'build', 'node-headers')
  mkdirSync(join(folder, 'include', 'node'), { recursive: true })
  const common = {
    target_defaults: {
      default_configuration: 'Release',
      configurations: { Release: { cflags: ['-O3'] }, Debug: { cflags: ['-g', '-O0'] } },
      conditions: [
        ["OS=='mac'", { xcode_settings: { OTHER_LDFLAGS: ['-undefined dynamic_lookup'] } }],
        ["OS=='linux'", { ldflags: ['-pthread'], cflags: ['-pthread'] }],
      ],
    },
  }
  writeFileSync(join(folder, 'include', 'node', 'common.gypi'), JSON.stringify(common))
  return folder
}

export function buildNative({ jobs = 'max', quiet = false } = {}) {
  const gyp = require.resolve('node-gyp/bin/node-gyp.js')
  const args = [gyp, 'configure', 'build', '--release', `--jobs=${jobs}`, `--nodedir=${headerFolder()}`]
  if (quiet) args.push('--loglevel=error')
  const result = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (result.status !== 0) {
    throw new Error(
      'Building the native addon failed. It needs Python 3, make and a C++20 compiler: ' +
        'on Debian or Ubuntu, `apt-get install -y python3 make g++`.',
    )
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildNative()
