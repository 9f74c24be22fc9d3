/** What a user does with the package: install it, run the command, import and require it, compile against it. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as assert from 'uvu/assert'
import { packageRoot } from '../../lib/runtime/package-root.js'
import { CONSUMER, TYPESCRIPT } from './consumer.js'
import { filesIn, makeProject, manifestOf, npmInstall, plainEnvironment, run } from './machine.js'
import type { Place, Step } from './steps.js'

const MOST_BYTES = 12 << 20
const NEEDED = [
  'LICENSE',
  'README.md',
  'docs/third-party.md',
  'dist/lib/index.js',
  'dist/lib/index.d.ts',
  'dist/cjs/index.js',
  'dist/cjs/index.d.ts',
  'dist/lib/cli/main.js',
  'lib/train/recipes/recipes.json',
  'weights/msta-tiny.safetensors',
  `prebuilds/${process.platform}-${process.arch}/msta-native.glibc.node`,
]
const STRANGE =
  /^(test|bench|build|runs|node_modules)\/|^dist\/(?!lib\/|cjs\/)|\.(cu|o|a|so|tgz|spec\.ts)$|tsbuildinfo/
// Linters of packages, for this command alone: the second takes 39 MB.
const PUBLINT = 'publint@0.3.25'
const TYPES_WRONG = '@arethetypeswrong/cli@0.18.5'

interface Doctor {
  addon: { path: string; version: string }
  devices: { name: string }[]
}

/** @param place `folder/user` becomes the project */
export function userSteps({ folder, tarball, env }: Place): Step[] {
  const project = path.join(folder, 'user')
  const inProject = (command: string, ...args: string[]) => run(command, args, { cwd: project, env }).stdout
  const lint = (...args: string[]) => run('npx', ['--yes', ...args], { cwd: folder, env: plainEnvironment })

  function checkDoctor(cwd: string): void {
    const { addon, devices } = JSON.parse(
      run('npx', ['--no', 'msta', 'doctor', '--json'], { cwd, env }).stdout,
    ) as Doctor
    const prebuilds = path.join(cwd, 'node_modules/msta-native/prebuilds')
    assert.ok(addon.path.startsWith(prebuilds), addon.path)
    assert.is(addon.version, manifestOf(packageRoot).version)
    assert.is(devices[0]?.name, 'cpu')
    assert.not(existsSync(path.join(cwd, 'node_modules/msta-native/build')))
  }

  function predict(): void {
    const source = 'testsrc=size=96x96:rate=10:duration=2'
    execFileSync('ffmpeg', [
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      source,
      '-c:v',
      'mpeg4',
      path.join(project, 'clip.mp4'),
    ])
    const args = ['clip.mp4', '--labels', 'a circle,a square', '--json']
    const [result] = JSON.parse(inProject('npx', '--no', 'msta', 'predict', ...args))
    const scores: number[] = result.predictions.map(({ score }: { score: number }) => score)
    assert.is(scores.length, 2)
    assert.ok(Math.abs(scores[0]! + scores[1]! - 1) < 1e-4, `${scores}`)
  }

  function compile(name: string, config: object): void {
    const file = path.join(project, `tsconfig.${name}.json`)
    writeFileSync(file, JSON.stringify(config))
    const tsc = path.join(packageRoot, 'node_modules/typescript/bin/tsc')
    run(process.execPath, [tsc, '-p', file], { cwd: project, env })
  }

  return [
    {
      name: 'the archive holds what is needed and nothing else',
      run() {
        const files = filesIn(tarball)
        assert.equal(
          NEEDED.filter((name) => !files.includes(name)),
          [],
        )
        assert.equal(
          files.filter((name) => STRANGE.test(name)),
          [],
        )
        assert.ok(statSync(tarball).size < MOST_BYTES, `${statSync(tarball).size} bytes`)
      },
    },
    {
      name: 'npm install --ignore-scripts in an empty project',
      run() {
        makeProject(project)
        npmInstall(project, env, '--ignore-scripts', tarball)
        for (const [name, text] of Object.entries(CONSUMER)) writeFileSync(path.join(project, name), text)
      },
    },
    { name: 'msta doctor', run: () => checkDoctor(project) },
    { name: 'msta predict', run: predict },
    { name: 'import', run: () => assert.is(inProject('node', 'import.mjs'), '[1,64]\n') },
    {
      name: 'require, without a warning',
      run() {
        const { stdout, stderr } = run('node', ['require.cjs'], { cwd: project, env })
        assert.equal([stdout, stderr], ['[1,64]\n', ''])
      },
    },
    {
      name: 'import and require give the same',
      run: () => assert.is(inProject('node', 'same.mjs'), 'true\n'),
    },
    {
      name: 'types of Node for the compiler',
      run: () => void npmInstall(project, env, '--ignore-scripts', '@types/node@20'),
    },
    ...Object.entries(TYPESCRIPT).map(([name, config]) => ({
      name: `TypeScript, ${name}`,
      run: () => compile(name, config),
    })),
    {
      name: 'npm install with scripts compiles nothing',
      run() {
        const other = makeProject(path.join(folder, 'scripts'))
        const { stderr } = npmInstall(other, env, tarball)
        assert.not.match(stderr, 'building from source')
        checkDoctor(other)
      },
    },
    {
      name: 'without its addon the package names every place and the remedy',
      run() {
        const other = path.join(folder, 'scripts')
        const installed = path.join(other, 'node_modules/msta-native')
        rmSync(path.join(installed, 'prebuilds'), { recursive: true })
        const { stdout } = run('npx', ['--no', 'msta', 'doctor'], { cwd: other, env, expected: 1 })
        for (const part of ['build/Release', 'prebuilds', 'no such folder', 'npm run build:native', 'GCC 12'])
          assert.match(stdout, part)
        run('npm', ['rebuild', 'msta-native'], { cwd: other, env, expected: 1 })
      },
    },
    {
      name: 'publint finds no fault',
      run() {
        const { stdout } = lint(PUBLINT, 'run', tarball, '--strict')
        assert.match(stdout, 'All good')
      },
    },
    {
      name: 'Are the types wrong? finds no fault',
      run() {
        mkdirSync(path.join(folder, 'attw'))
        const { stdout } = lint(TYPES_WRONG, tarball, '--format', 'ascii', '--no-color')
        assert.match(stdout, 'No problems found')
      },
    },
  ]
}
