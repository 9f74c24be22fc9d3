/** The package of the CUDA plugin beside the main one: found, and never of another version. */
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as assert from 'uvu/assert'
import { packageRoot } from '../../lib/runtime/package-root.js'
import { filesIn, makeProject, manifestOf, npmInstall, plainEnvironment, run } from './machine.js'
import type { Place, Step } from './steps.js'

const NAME = `msta-native-cuda-linux-${process.arch}`
const PLUGIN = 'libmsta_cuda.so'

interface Attempt {
  path: string
  ok: boolean
  reason: string | null
}

/** @param place with the CUDA package, where it is packed already */
export function cudaSteps({ folder, tarball, env, cuda }: Place & { cuda: string | undefined }): Step[] {
  const skip =
    cuda || existsSync(path.join(packageRoot, 'build/cuda', PLUGIN))
      ? undefined
      : 'there is no CUDA plugin in build/cuda (npm run build:cuda)'
  let archive = cuda

  /** A package of that name of another version, without a plugin. */
  function packOther(version: string): string {
    const other = makeProject(path.join(folder, 'other'))
    const manifest = { name: NAME, version, peerDependencies: { 'msta-native': version } }
    writeFileSync(path.join(other, 'package.json'), JSON.stringify(manifest))
    run('npm', ['pack'], { cwd: other, env })
    return path.join(other, `${NAME}-${version}.tgz`)
  }

  return [
    {
      name: 'the CUDA package is packed',
      skip,
      run() {
        const script = path.join(packageRoot, 'scripts/pack-cuda.mjs')
        const args = [script, '--destination', folder]
        archive ??= run(process.execPath, args, { cwd: packageRoot, env: plainEnvironment }).stdout.trim()
        assert.equal(filesIn(archive).sort(), ['LICENSE', 'README.md', PLUGIN, 'package.json'].sort())
      },
    },
    {
      name: 'the CUDA package installs beside msta-native, which finds its plugin',
      skip,
      run() {
        const project = makeProject(path.join(folder, 'cuda'))
        npmInstall(project, env, '--ignore-scripts', tarball, archive!)
        const installed = path.join(project, 'node_modules', NAME)
        assert.is(manifestOf(installed).version, manifestOf(packageRoot).version)
        const { stdout } = run('npx', ['--no', 'msta', 'doctor', '--json'], { cwd: project, env })
        const attempts: Attempt[] = JSON.parse(stdout).cuda.attempts
        const own = attempts.find((attempt) => attempt.path === path.join(installed, PLUGIN))
        assert.ok(own, stdout)
        assert.ok(own.ok || own.reason === 'no NVIDIA driver on this machine', `${own.reason}`)
      },
    },
    {
      name: 'a CUDA package of another version is refused by npm',
      run() {
        const project = makeProject(path.join(folder, 'versions'))
        const archives = [tarball, packOther('9.9.9')]
        const args = ['install', '--ignore-scripts', '--no-audit', ...archives]
        assert.match(run('npm', args, { cwd: project, env, expected: 1 }).stderr, 'ERESOLVE')
      },
    },
  ]
}
