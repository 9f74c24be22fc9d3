/** Finding and loading the CUDA plugin where it is missing, broken, crashes, hangs, or works. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type CudaSearchSettings, findCuda, searchCuda } from '../../lib/runtime/cuda-plugin.js'
import { Device } from '../../lib/runtime/device.js'
import { addonPath, loadBinding } from '../../lib/runtime/loader.js'
import { packageRoot } from '../../lib/runtime/package-root.js'
import { hasCode, rejection } from '../support/errors.js'
import { observe } from '../support/observe.js'
import { skipUnless } from '../support/skip.js'
import type { Opened } from './children/open-devices.js'
import { buildFakePlugin, canBuildPlugins, pluginEnv, WHY_NO_PLUGINS } from './fake-plugin.js'

const cuda = suite('runtime: CUDA plugin')
const onLinux = skipUnless(cuda, process.platform === 'linux', 'CUDA plugins are for Linux')
const withPlugin = skipUnless(cuda, canBuildPlugins, WHY_NO_PLUGINS)

const folder = mkdtempSync(join(tmpdir(), 'msta-cuda-'))
const plugin = canBuildPlugins ? buildFakePlugin(folder) : ''
const noLibrary = join(folder, 'no-library.so')
writeFileSync(noLibrary, 'this is text')
cuda.after(() => rmSync(folder, { recursive: true, force: true }))

/** The environment of a machine where nothing is set, for plugins looked for below `root`. */
function below(root: string, hasDriver: boolean): CudaSearchSettings {
  const env = { ...process.env, MSTA_CUDA: '', MSTA_CUDA_PLUGIN: '' }
  return { env, root: join(folder, root), hasDriver, platform: 'linux' }
}

function put(path: string): string {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, 'this is text')
  return file
}

async function runChild(script: string, env: Record<string, string>) {
  const file = fileURLToPath(new URL(`./children/${script}.js`, import.meta.url))
  const child = spawn(process.execPath, [file], { env: { ...process.env, ...env } })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const status = await new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)))
  return { status, stdout, stderr }
}

async function openDevices(env: Record<string, string>): Promise<Opened> {
  const { status, stdout, stderr } = await runChild('open-devices', env)
  assert.is(status, 0, stderr)
  assert.is(stderr, '')
  return JSON.parse(stdout) as Opened
}

/** `auto` works on the CPU; `cuda` fails, and both tell why. */
async function expectCpu(env: Record<string, string>, ...why: string[]): Promise<void> {
  const { auto, numbers, reason, opened, late } = await openDevices(env)
  assert.equal([auto, numbers, opened.cpu], ['cpu', [1, 2], { name: 'cpu' }])
  const failed = opened.cuda as { code: string; message: string }
  assert.is(failed.code, 'ERR_DEVICE')
  assert.is(late, failed.message)
  for (const part of why) assert.match(failed.message, part)
  assert.is(reason?.includes('\n'), false)
  for (const part of why.slice(0, 2)) assert.match(reason!, part)
}

/** Probing processes that still run. */
const probing = () =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder)
    } catch {
      return false
    }
  })

async function untilNoneProbes(): Promise<void> {
  for (let i = 0; i < 100 && probing().length > 0; i++) await sleep(50)
  assert.equal(probing(), [])
}

cuda('nothing built or installed: every place, its reason and its remedy', async () => {
  const { available, devices, reason, attempts } = await searchCuda(below('empty', false))
  assert.equal([available, devices], [false, []])
  for (const part of ['libmsta_cuda.so', 'no NVIDIA driver']) assert.match(reason!, part)
  assert.equal(
    attempts.map(({ path, ok, reason }) => [path, ok, reason]),
    [
      [join(folder, 'empty/build/cuda/libmsta_cuda.so'), false, 'no such file'],
      [join(folder, `empty/prebuilds/linux-${process.arch}/libmsta_cuda.so`), false, 'no such file'],
      [`msta-native-cuda-linux-${process.arch}/libmsta_cuda.so`, false, 'package not installed'],
    ],
  )
  const { version } = loadBinding()
  for (const { remedy } of attempts)
    for (const part of [
      `npm install msta-native-cuda-linux-${process.arch}@${version}`,
      'npm run build:cuda',
    ])
      assert.match(remedy!, part)
  assert.not.match((await searchCuda(below('empty', true))).reason!, 'driver')
})

cuda('a plugin without a driver is not even tried', async () => {
  const path = put('no-driver/build/cuda/libmsta_cuda.so')
  const { available, reason, attempts } = await searchCuda(below('no-driver', false))
  assert.is(available, false)
  assert.is(reason, `${path}: no NVIDIA driver on this machine`)
  assert.match(attempts[0]!.remedy!, 'install the NVIDIA driver')
  observe('missingParts', `no driver: "${attempts[0]!.reason}: ${attempts[0]!.remedy}"`)
  assert.is(attempts.length, 3)
})

onLinux('with a driver, each place is tried in order, the optional package last', async () => {
  const paths = [
    put('all/build/cuda/libmsta_cuda.so'),
    put(`all/prebuilds/linux-${process.arch}/libmsta_cuda.so`),
    put(`all/node_modules/msta-native-cuda-linux-${process.arch}/libmsta_cuda.so`),
  ]
  const { available, reason, attempts } = await searchCuda(below('all', true))
  assert.is(available, false)
  assert.equal(
    attempts.map(({ path }) => path),
    paths,
  )
  for (const { reason } of attempts) assert.match(reason!, /file too short|invalid ELF header/)
  assert.is(reason, `${paths[0]}: ${attempts[0]!.reason}`)
})

cuda('MSTA_CUDA=0 turns everything off', async () => {
  const off = await searchCuda({ env: { MSTA_CUDA: '0', MSTA_CUDA_PLUGIN: noLibrary } })
  assert.equal([off.available, off.attempts], [false, []])
  assert.match(off.reason!, 'MSTA_CUDA=0')
  await expectCpu({ MSTA_CUDA: '0', MSTA_CUDA_PLUGIN: noLibrary }, 'MSTA_CUDA=0', 'unset')
})

cuda('other systems than Linux are told so', async () => {
  const { available, reason, attempts } = await searchCuda({ env: {}, platform: 'darwin' })
  assert.equal([available, attempts], [false, []])
  for (const part of ['Linux', 'darwin']) assert.match(reason!, part)
})

onLinux('MSTA_CUDA_PLUGIN names a file that is not there', () =>
  expectCpu(pluginEnv('/nonexistent/p.so'), '/nonexistent/p.so', 'no such file', 'MSTA_CUDA_PLUGIN'),
)

onLinux('MSTA_CUDA_PLUGIN names a file that is no library', () =>
  expectCpu(pluginEnv(noLibrary), noLibrary, 'file too short', 'npm run build:cuda'),
)

onLinux('MSTA_CUDA_PLUGIN names a library that is no plugin', () =>
  expectCpu(pluginEnv(addonPath()), addonPath(), 'not a device plugin', 'npm run build:cuda'),
)

withPlugin('a plugin that crashes as it is loaded', () =>
  expectCpu(pluginEnv(plugin, 'crash'), plugin, 'crashed (SIGABRT)', 'nvidia-smi'),
)

withPlugin('a plugin that ends its process', () =>
  expectCpu(pluginEnv(plugin, 'exit'), plugin, 'status 5', 'nvidia-smi'),
)

withPlugin('a plugin with another interface', () =>
  expectCpu(pluginEnv(plugin, 'abi'), plugin, 'another version of msta-native', 'npm run build:cuda'),
)

withPlugin('a plugin of another version', () =>
  expectCpu(pluginEnv(plugin, 'version'), plugin, 'of msta-native 0.0.9', `@${loadBinding().version}`),
)

cuda('the addon, and so its plugin, has the version of the package', () => {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'))
  assert.is(loadBinding().version, version)
})

withPlugin('a driver that refuses, in two lines', () =>
  expectCpu(pluginEnv(plugin, 'driver'), plugin, 'older; than this plugin', 'update the NVIDIA driver'),
)

withPlugin('a plugin that finds no GPU', () =>
  expectCpu(pluginEnv(plugin, '0'), plugin, 'found no GPU', 'CUDA_VISIBLE_DEVICES'),
)

withPlugin('a GPU that cannot be used', async () => {
  await expectCpu(pluginEnv(plugin, '1 busy'), plugin, 'to itself', 'CUDA_VISIBLE_DEVICES')
  await expectCpu(pluginEnv(plugin, '1 liar'), plugin, 'other bytes', 'CUDA_VISIBLE_DEVICES')
})

withPlugin('a plugin that hangs blocks nothing and is given up', async () => {
  const env = { ...process.env, ...pluginEnv(plugin, 'hang') }
  const searching = findCuda({ env, probeTimeoutMs: 1000 })
  let ticks = 0
  const timer = setInterval(() => ticks++, 10)
  assert.throws(() => Device.get('cuda'), hasCode('ERR_DEVICE', "await Device.open('cuda')"))
  const stop = new Error('stopped on purpose')
  const signal = AbortSignal.timeout(100)
  assert.is((await rejection(Device.open('auto', { signal: AbortSignal.abort(stop) }))) as Error, stop)
  assert.is(((await rejection(Device.open('cuda', { signal }))) as Error).name, 'TimeoutError')
  assert.is(probing().length, 1)
  // The CPU waits for no search.
  assert.is((await Device.open('cpu')).name, 'cpu')
  assert.is(probing().length, 1)

  const { available, reason } = await searching
  clearInterval(timer)
  assert.is(available, false)
  assert.is(reason, `${plugin}: hung for 1 s when it was tried`)
  assert.ok(ticks > 10, `${ticks} ticks`)
  await untilNoneProbes()
  assert.is(await Device.open('auto'), Device.get('cpu'))
  observe(
    'missingParts',
    `a plugin that hangs: "${basename(plugin)}${reason!.slice(plugin.length)}", and auto is the CPU`,
  )
  hasCode('ERR_DEVICE', plugin, 'hung for 1 s', 'nvidia-smi')(await rejection(Device.open('cuda:0')))
  assert.throws(() => Device.get('cuda'), hasCode('ERR_DEVICE', plugin, 'hung for 1 s'))
})

withPlugin('leaving while a plugin hangs leaves no process behind', async () => {
  const { status } = await runChild('leave-probing', pluginEnv(plugin, 'hang'))
  assert.is(status, 7)
  await untilNoneProbes()
})

withPlugin('a plugin that works: auto and cuda take its first device', async () => {
  const { auto, numbers, reason, opened, early, late, isOnePerName } = await openDevices(
    pluginEnv(plugin, '2'),
  )
  assert.equal([auto, numbers, reason, late, isOnePerName], ['cuda:0', [1, 2], null, 'cuda:0', true])
  assert.match(early, "await Device.open('cuda')")
  assert.equal(
    [opened.cpu, opened.cuda, opened['cuda:1']],
    [{ name: 'cpu' }, { name: 'cuda:0' }, { name: 'cuda:1' }],
  )
  const message = (name: string) => (opened[name] as { message: string }).message
  assert.match(message('cuda:7'), 'there are 2 CUDA devices, cuda:0, cuda:1')
  assert.match(message('cuda:x'), 'Known devices: cpu, cuda:0, cuda:1')
  assert.match(message('gpu'), 'Known devices: cpu')
})

withPlugin('worker threads share a plugin', async () => {
  const { status, stdout, stderr } = await runChild('plugin-workers', pluginEnv(plugin, '2'))
  assert.is(status, 0, stderr)
  assert.is(stdout, 'done\n')
})

cuda.run()
