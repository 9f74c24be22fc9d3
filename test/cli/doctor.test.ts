import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildFakePlugin, canBuildPlugins, pluginEnv, WHY_NO_PLUGINS } from '../runtime/fake-plugin.js'
import { observe } from '../support/observe.js'
import { skipUnless } from '../support/skip.js'
import { makeFolder, msta, mstaJson } from './helpers.js'

const doctor = suite('msta doctor')

interface Report {
  devices: { name: string; description: string }[]
  cuda: {
    available: boolean
    reason: string | null
    attempts: { path: string; ok: boolean; reason: string | null; remedy: string | null }[]
  }
  ffmpeg: { path: string; version: string } | { error: string }
  addon: { path: string; version: string } | { error: string }
  dtypes: { device: string; dtype: string }[]
  instructionSet: string | null
  threads: number | null
  node: string
  platform: string
}

doctor('tells what is there', async () => {
  const { json, status } = await mstaJson<Report>(['doctor'])
  assert.is(status, 0)
  assert.is(json.devices[0]?.name, 'cpu')
  assert.is(typeof json.cuda.available, 'boolean')
  if (!json.cuda.available) assert.ok(json.cuda.reason)
  assert.ok('path' in json.ffmpeg && json.ffmpeg.version)
  assert.ok('path' in json.addon && json.addon.path.endsWith('.node') && json.addon.version)
  assert.ok(json.instructionSet)
  const dtype = json.instructionSet === 'avx512_bf16' ? 'bfloat16' : 'float32'
  assert.equal(json.dtypes[0], { device: 'cpu', dtype })
  assert.ok(json.threads! >= 1)
  assert.equal([json.node, json.platform], [process.version, `${process.platform}-${process.arch}`])
})

doctor('without the addon it names the remedy and exits with 1', async () => {
  const env = { MSTA_NATIVE_BINARY: '/nonexistent/msta.node' }
  const { json, status } = await mstaJson<Report>(['doctor'], { env })
  assert.is(status, 1)
  assert.equal(json.devices, [])
  assert.ok('error' in json.addon)
  for (const part of ['/nonexistent/msta.node', 'npm run build:native']) assert.match(json.addon.error, part)
  observe('missingParts', `no addon: "${json.addon.error.slice(0, 120)}..."`)
  assert.is(json.cuda.available, false)
  assert.ok('path' in json.ffmpeg)
  const { stdout } = await msta(['doctor'], { env })
  assert.match(stdout, 'npm run build:native')
})

doctor('where no addon is, it names every place', async () => {
  const { folder, remove } = makeFolder()
  try {
    const { json, status } = await mstaJson<Report>(['doctor'], { env: { MSTA_NATIVE_PREBUILD: folder } })
    assert.is(status, 1)
    assert.ok('error' in json.addon)
    const places = ['build/Release', `prebuilds/${process.platform}-${process.arch}`]
    for (const part of [...places, 'npm run build:native']) assert.match(json.addon.error, part)
  } finally {
    remove()
  }
})

doctor('without ffmpeg it names the remedy, and the CPU still works', async () => {
  const { json, status } = await mstaJson<Report>(['doctor'], { env: { MSTA_FFMPEG: '/nonexistent/ffmpeg' } })
  assert.is(status, 0)
  assert.ok('error' in json.ffmpeg)
  for (const part of ['/nonexistent/ffmpeg', 'MSTA_FFMPEG']) assert.match(json.ffmpeg.error, part)
  assert.is(json.devices[0]?.name, 'cpu')
  observe(
    'missingParts',
    `no ffmpeg: "${json.ffmpeg.error}", and the device ${json.devices[0]?.name} is there`,
  )
})

doctor('without CUDA it tells the reason, every attempt and its remedy', async () => {
  const path = '/nonexistent/libmsta_cuda.so'
  const { json, status } = await mstaJson<Report>(['doctor'], { env: pluginEnv(path) })
  assert.is(status, 0)
  assert.equal(
    json.devices.map(({ name }) => name),
    ['cpu'],
  )
  assert.is(json.cuda.available, false)
  if (process.platform !== 'linux') return
  assert.is(json.cuda.reason, `${path}: no such file`)
  const remedy = 'correct or unset MSTA_CUDA_PLUGIN'
  assert.equal(json.cuda.attempts, [{ path, ok: false, reason: 'no such file', remedy }])
  const { stdout } = await msta(['doctor'], { env: pluginEnv(path) })
  for (const part of [`not available: ${path}: no such file`, remedy]) assert.match(stdout, part)
})

doctor('MSTA_CUDA=0 is a reason', async () => {
  const { json, status } = await mstaJson<Report>(['doctor'], { env: { MSTA_CUDA: '0' } })
  assert.is(status, 0)
  assert.equal([json.cuda.available, json.cuda.attempts], [false, []])
  assert.match(json.cuda.reason!, 'MSTA_CUDA=0')
})

const withPlugin = skipUnless(doctor, canBuildPlugins, WHY_NO_PLUGINS)
withPlugin('lists the devices of a plugin', async () => {
  const { folder, remove } = makeFolder()
  try {
    const path = buildFakePlugin(folder)
    const { json, status } = await mstaJson<Report>(['doctor'], { env: pluginEnv(path, '2') })
    assert.is(status, 0)
    assert.equal(json.devices.slice(1), [
      { name: 'cuda:0', description: 'fake GPU 0' },
      { name: 'cuda:1', description: 'fake GPU 1' },
    ])
    const attempts = [{ path, ok: true, reason: null, remedy: null }]
    assert.equal(json.cuda, { available: true, reason: null, attempts })
    const { stdout } = await msta(['doctor'], { env: pluginEnv(path, '2') })
    for (const part of [`available, ${path}`, 'fake GPU 1']) assert.match(stdout, part)
  } finally {
    remove()
  }
})

doctor.run()
