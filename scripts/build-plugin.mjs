// Builds the CUDA plugin: `build-plugin.mjs` with nvcc, into build/cuda; no GPU is needed. `--arch 80,90a` compiles
// for these compute capabilities only (the last also as PTX). `--emulated` builds the same sources for the host, into
// build/emulated: how the tests run kernels without a GPU.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onPath } from './setup/native.mjs'
import { root } from './setup/root.mjs'
import { writeStamp } from './setup/stamp.mjs'

const ARCHITECTURES = ['80', '86', '89', '90a', '100', '120']
/** Where the emulated build notes that it is done. */
export const emulatedStamp = join(root, 'build/.emulated-stamp')

/** nvcc's path: `CUDACXX`, the PATH, `CUDA_HOME`, the usual place; undefined where there is none. */
export function findNvcc() {
  const usual = [process.env.CUDA_HOME, process.env.CUDA_PATH, '/usr/local/cuda']
    .filter(Boolean)
    .map((folder) => join(folder, 'bin/nvcc'))
  return process.env.CUDACXX ?? onPath('nvcc') ?? usual.find((path) => existsSync(path))
}

/** "80,90a" as CMake wants it: machine code for each, PTX of the newest that later GPUs can compile from. */
export function cmakeArchitectures(list) {
  for (const one of list)
    if (!/^[1-9][0-9]{1,2}[af]?$/.test(one))
      throw new Error(`--arch ${one}: expected, for example, 80 or 90a`)
  const portable = list.filter((one) => /^[0-9]+$/.test(one))
  return [...list.map((one) => `${one}-real`), ...portable.slice(-1).map((one) => `${one}-virtual`)].join(';')
}

function run(args, quiet) {
  const { status, stdout, stderr } = spawnSync('cmake', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: quiet ? 'pipe' : ['ignore', 2, 2],
    maxBuffer: 1 << 26,
  })
  if (status === 0) return
  if (quiet) process.stderr.write(`${stdout}${stderr}`)
  throw new Error('Building the CUDA plugin failed (see above).')
}

/** @throws Error naming what the build needs */
export function buildPlugin({ emulated = false, architectures = ARCHITECTURES, quiet = false } = {}) {
  const started = Date.now()
  if (!onPath('cmake'))
    throw new Error('cmake is missing. On Debian or Ubuntu: apt-get install -y --no-install-recommends cmake')
  const options = []
  if (!emulated) {
    const nvcc = findNvcc()
    if (!nvcc)
      throw new Error(
        'nvcc is missing. Install the CUDA toolkit 12.8 or later, or set CUDACXX to the path of nvcc.',
      )
    options.push(
      `-DCMAKE_CUDA_COMPILER=${nvcc}`,
      `-DCMAKE_CUDA_ARCHITECTURES=${cmakeArchitectures(architectures)}`,
    )
  }
  const preset = emulated ? 'emulated' : 'cuda'
  const targets = emulated ? ['msta_cuda_emulated', 'emulator_tests'] : ['msta_cuda']
  run(['--preset', preset, ...options], quiet)
  run(
    ['--build', join('build', preset), '--target', ...targets, '--parallel', String(availableParallelism())],
    quiet,
  )
  if (emulated) writeStamp(emulatedStamp, started)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const list = process.argv.indexOf('--arch')
  try {
    buildPlugin({
      emulated: process.argv.includes('--emulated'),
      ...(list > 0 && { architectures: (process.argv[list + 1] ?? '').split(',') }),
    })
  } catch (error) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
