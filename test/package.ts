/**
 * `npm run test:package`: packs the package, installs it in an empty project on a machine without compilers, and uses
 * it as its users do. Needs the npm registry and ffmpeg. `--tarball FILE` takes a package that is packed already,
 * `--cuda FILE` the CUDA package beside it.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { packageRoot } from '../lib/runtime/package-root.js'
import { cudaSteps } from './package/cuda.js'
import { bareEnvironment, plainEnvironment, run } from './package/machine.js'
import { runSteps } from './package/steps.js'
import { userSteps } from './package/user.js'

const { values } = parseArgs({ options: { tarball: { type: 'string' }, cuda: { type: 'string' } } })

const folder = mkdtempSync(path.join(tmpdir(), 'msta-package-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

function pack(): string {
  const archives = path.join(folder, 'archives')
  mkdirSync(archives)
  const args = ['pack', '--json', '--pack-destination', archives]
  const { stdout } = run('npm', args, { cwd: packageRoot, env: plainEnvironment })
  const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(stdout.slice(stdout.indexOf('[\n')))
  console.log(`${filename}: ${size} bytes, ${unpackedSize} unpacked, ${entryCount} files`)
  return path.join(archives, filename)
}

const tarball = values.tarball ? path.resolve(values.tarball) : pack()
const env = bareEnvironment(path.join(folder, 'bin'))
const cuda = values.cuda && path.resolve(values.cuda)
process.exitCode = runSteps([
  ...userSteps({ folder, tarball, env }),
  ...cudaSteps({ folder, tarball, env, cuda }),
])
