/** Finding and loading the native addon where it is missing, for another system, too new, or damaged. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { explainFailure } from '../../lib/runtime/addon-failure.js'
import { addonPath } from '../../lib/runtime/loader.js'
import { skipUnless } from '../support/skip.js'

const loader = suite('runtime: loader')
const onLinux = skipUnless(
  loader,
  process.platform === 'linux' && process.arch === 'x64',
  'made of files for Linux x64',
)

const folder = mkdtempSync(join(tmpdir(), 'msta-loader-'))
loader.after(() => rmSync(folder, { recursive: true, force: true }))

const CHILD = fileURLToPath(new URL('./children/load-addon.js', import.meta.url))
const BUILD = ['npm run build:native', 'Python 3', 'C++20']

type Loaded = { path: string } | { code: string; message: string }

/** A process that looks for the addon in `root` instead of in this package. */
function loadFrom(root: string, env: Record<string, string> = {}): Loaded {
  const { stdout, stderr, status } = spawnSync(process.execPath, [CHILD], {
    encoding: 'utf8',
    env: { ...process.env, MSTA_NATIVE_BINARY: '', MSTA_NATIVE_PREBUILD: join(folder, root), ...env },
  })
  assert.is(status, 0, stderr)
  return JSON.parse(stdout) as Loaded
}

function expectError(loaded: Loaded, ...parts: string[]): void {
  assert.ok('message' in loaded)
  assert.is(loaded.code, 'ERR_LOAD')
  for (const part of [...parts, ...BUILD, process.version]) assert.match(loaded.message, part)
}

/** The addon with `change`d bytes, as the prebuilt one of `root`. */
function putAddon(root: string, change: (bytes: Buffer) => void): string {
  const file = put(join(root, 'prebuilds/linux-x64/msta-native.glibc.node'))
  copyFileSync(addonPath(), file)
  const bytes = readFileSync(file)
  change(bytes)
  writeFileSync(file, bytes)
  return file
}

function put(path: string): string {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, 'this is text')
  return file
}

onLinux('nothing there: every place looked at', () => {
  const places = ['build/Release', 'build/Debug', 'prebuilds/linux-x64'].map(
    (name) => `${join(folder, 'empty', name)}: no such folder`,
  )
  const beside = `${join(dirname(process.execPath), 'prebuilds/linux-x64')}: `
  expectError(loadFrom('empty'), ...places, beside, 'linux-x64, glibc ', 'brings it for linux-x64')
})

onLinux('folders that hold no addon', () => {
  put('hollow/build/Release/msta.a')
  put('hollow/prebuilds/linux-x64/notes.txt')
  expectError(
    loadFrom('hollow'),
    `${join(folder, 'hollow/build/Release')}: holds no addon`,
    `${join(folder, 'hollow/prebuilds/linux-x64')}: holds no addon`,
  )
})

onLinux('a platform without a prebuilt addon', () => {
  put('other/prebuilds/linux-x64/msta-native.glibc.node')
  const place = join(folder, 'other/prebuilds/linux-arm64')
  expectError(loadFrom('other', { npm_config_arch: 'arm64' }), `${place}: not there, but linux-x64`)
})

onLinux('another C library', () => {
  put('musl/prebuilds/linux-x64/msta-native.glibc.node')
  expectError(loadFrom('musl', { LIBC: 'musl' }), 'holds msta-native.glibc.node, and this system has musl')
})

onLinux('a file that is no addon', () => {
  const file = put('text/prebuilds/linux-x64/msta-native.glibc.node')
  expectError(loadFrom('text'), `${file}: is damaged`, 'file too short', 'install msta-native again')
})

onLinux('an addon for another processor', () => {
  const file = putAddon('arm', (bytes) => bytes.writeUInt16LE(183, 18))
  expectError(loadFrom('arm'), `${file}: is for arm64, and this is x64`, 'another machine')
})

onLinux('an addon that needs a newer glibc', () => {
  const file = putAddon('new', (bytes) => {
    const version = [...bytes.toString('latin1').matchAll(/\0GLIBC_2(\.\d+)\0/g)].at(-1)!
    bytes.write('9', version.index + '\0GLIBC_'.length, 'latin1')
  })
  expectError(loadFrom('new'), `${file}: needs glibc 9.`, 'and this system has glibc 2.')
})

onLinux('an addon that works', () => {
  const file = putAddon('good', () => {})
  assert.equal(loadFrom('good'), { path: file })
})

loader('MSTA_NATIVE_BINARY is the only place, where it is set', () => {
  const missing = join(folder, 'missing.node')
  const loaded = loadFrom('empty', { MSTA_NATIVE_BINARY: missing })
  expectError(loaded, `MSTA_NATIVE_BINARY=${missing}: no such file`)
  assert.not.match((loaded as { message: string }).message, 'prebuilds')
})

loader('what the dynamic linkers of other systems say', () => {
  const explain = (message: string, libc = 'glibc 2.17') => explainFailure('/a.node', message, libc)
  assert.is(
    explain("/lib64/libc.so.6: version `GLIBC_2.28' not found (required by /a.node)"),
    'needs glibc 2.28, and this system has glibc 2.17',
  )
  assert.match(explain("version `GLIBCXX_3.4.30' not found (required by /a.node)"), 'GLIBCXX_3.4.30')
  assert.is(
    explain('Error loading shared library ld-linux-x86-64.so.2: No such file (needed by /a.node)', 'musl'),
    'is for glibc, and this system has musl',
  )
  assert.is(explain('/a.node: cannot enable executable stack\nmore'), 'cannot enable executable stack')
})

loader.run()
