// Builds the CPU addon with node-gyp, from sources only: the headers come with the packages node-addon-api and
// node-api-headers, so nothing is downloaded.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from './setup/root.mjs'
import { writeStamp } from './setup/stamp.mjs'

const require = createRequire(import.meta.url)

/** node-gyp wants a folder with Node's common.gypi; the addon needs no more of it than this. */
export function headerFolder() {
  const folder = join(root, 'build', 'node-headers')
  mkdirSync(join(folder, 'include', 'node'), { recursive: true })
  const common = JSON.stringify({
    target_defaults: {
      default_configuration: 'Release',
      configurations: { Release: { cflags: ['-O3'] }, Debug: { cflags: ['-g', '-O0'] } },
      conditions: [
        ["OS=='mac'", { xcode_settings: { OTHER_LDFLAGS: ['-undefined dynamic_lookup'] } }],
        ["OS=='linux'", { ldflags: ['-pthread'], cflags: ['-pthread'] }],
      ],
    },
  })
  const file = join(folder, 'include', 'node', 'common.gypi')
  // Left alone when unchanged: a newer file would make everything again.
  if (readOrEmpty(file) !== common) writeFileSync(file, common)
  return folder
}

function readOrEmpty(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** @throws Error naming what the build needs */
export function buildNative({ jobs = 'max', quiet = false } = {}) {
  const started = Date.now()
  const gyp = require.resolve('node-gyp/bin/node-gyp.js')
  const args = [gyp, 'configure', 'build', '--release', `--jobs=${jobs}`, `--nodedir=${headerFolder()}`]
  if (quiet) args.push('--loglevel=error')
  // make names every file on standard output; what goes wrong is on standard error.
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', quiet ? 'ignore' : 2, 2],
  })
  if (status !== 0) {
    throw new Error(
      'Building the native addon failed. It needs Python 3, make and a C++20 compiler: ' +
        'on Debian or Ubuntu, `apt-get install -y python3 make g++`.',
    )
  }
  writeStamp(join(root, 'build', '.native-stamp'), started)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    buildNative({ quiet: process.argv.includes('--quiet') })
  } catch (error) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
