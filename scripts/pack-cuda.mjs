// Packs the CUDA plugin of build/cuda as msta-native-cuda-linux-x64, a package of the same version:
// `pack-cuda.mjs [--destination FOLDER] [--glibc 2.28]`, after `npm run build:cuda`. The last line is the archive.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { checkGlibc } from './setup/needs.mjs'
import { root } from './setup/root.mjs'

const PLUGIN = 'libmsta_cuda.so'
const name = `msta-native-cuda-linux-${process.arch}`

function manifest() {
  const { version, license, repository, engines } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  return {
    name,
    version,
    description: 'The CUDA kernels of msta-native, for NVIDIA GPUs on Linux',
    license,
    ...(repository && { repository }),
    engines,
    os: ['linux'],
    cpu: [process.arch],
    libc: ['glibc'],
    // An addon takes only the plugin of its own version.
    peerDependencies: { 'msta-native': version },
    exports: { [`./${PLUGIN}`]: `./${PLUGIN}`, './package.json': './package.json' },
    files: [PLUGIN],
    preferUnplugged: true,
  }
}

const readme = ({ version }) => `# ${name}

The CUDA kernels of [msta-native](https://www.npmjs.com/package/msta-native) ${version}, built for GPUs of compute
capability 8.0 and later (Linux, glibc). It holds one file, \`${PLUGIN}\`, which msta-native loads by itself when it is
installed beside it:

    npm install msta-native@${version} ${name}@${version}
    npx msta doctor

Both packages must have the same version. \`msta doctor\` tells whether the GPU is used, and if not, why.

## Third-party software

The file contains NVIDIA's CUDA Runtime (cudart_static), linked statically and distributed under the terms of the CUDA
Toolkit's licence agreement (https://docs.nvidia.com/cuda/eula/), and the runtime libraries of GCC (libstdc++, libgcc)
under GPL 3 with the GCC Runtime Library Exception 3.1.
`

/** @returns the folder that becomes the package */
function stage() {
  const plugin = join(root, 'build/cuda', PLUGIN)
  if (!existsSync(plugin)) throw new Error(`${plugin} is missing: run \`npm run build:cuda\` first`)
  const folder = join(root, 'build/packages', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`)
  writeFileSync(join(folder, 'README.md'), readme(manifest()))
  const { status, stderr } = spawnSync('strip', ['--strip-all', '-o', join(folder, PLUGIN), plugin], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`strip failed: ${stderr}`)
  return folder
}

/** The value of `--name VALUE`. */
function option(name) {
  const index = process.argv.indexOf(name)
  return index > 0 ? process.argv[index + 1] : undefined
}

try {
  const folder = stage()
  const glibc = checkGlibc(join(folder, PLUGIN), option('--glibc'))
  const destination = resolve(option('--destination') ?? join(root, 'build/packages'))
  const { status, stdout } = spawnSync('npm', ['pack', '--json', '--pack-destination', destination], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 2],
  })
  if (status !== 0) throw new Error('npm pack failed (see above)')
  const [{ filename, size, unpackedSize }] = JSON.parse(stdout)
  process.stderr.write(`${size} bytes, ${unpackedSize} unpacked, needs glibc ${glibc}\n`)
  process.stdout.write(`${join(destination, filename)}\n`)
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
