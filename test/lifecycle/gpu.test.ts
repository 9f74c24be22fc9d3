// @env MSTA_KERNELS=emulated

/** What a device with memory of its own must do: copies, several of them, running out, errors that come late. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

import { ViClipModel } from '../../lib/models/viclip/model.js'
import { Device } from '../../lib/runtime/device.js'
import type { MstaError } from '../../lib/runtime/errors.js'
import { Job, withJob } from '../../lib/runtime/job.js'
import { loadBinding } from '../../lib/runtime/loader.js'
import { combine } from '../../lib/tensor/ops/combine.js'
import { gatherRows } from '../../lib/tensor/ops/gather-rows.js'
import type { Matrix } from '../../lib/tensor/shape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { targetDevice } from '../support/device.js'
import { hasCode, rejection } from '../support/errors.js'
import { seededRandom } from '../support/random.js'
import { skipUnless } from '../support/skip.js'
import { clips, forward, SMALL } from './small-model.js'

const gpu = suite(`lifecycle: GPU (${process.env.MSTA_KERNELS})`)
// Read by the emulated plugin when it is loaded: two small GPUs.
process.env.MSTA_EMULATED_GPUS ??= '2'
process.env.MSTA_EMULATED_MEMORY_MB ??= '256'
const found = targetDevice()
const test = skipUnless(gpu, typeof found !== 'string', String(found))
const device = found as Device
const isEmulated = process.env.MSTA_KERNELS === 'emulated'
const emulatedTest = skipUnless(gpu, isEmulated, 'only the emulator pretends to have so little memory')

test('large copies arrive whole, there and back', async () => {
  const random = seededRandom(3)
  // Several pieces of the pinned memory that copies go through, and an end that fills none.
  const values = Float32Array.from({ length: 11_000_003 }, () => random())
  const tensor = Tensor.from(device, values, [values.length])
  assert.equal(await tensor.data(), values)
  tensor.dispose()
})

test('an upload waits for work that still reads what it overwrites', async () => {
  const x = Tensor.from(device, [1, 2, 3], [3])
  const results = []
  for (let i = 0; i < 50; i++) {
    x.set([i, i, i])
    results.push(combine([x], [1]))
  }
  for (const [i, result] of results.entries()) assert.equal(await result.data(), Float32Array.of(i, i, i))
  for (const each of [x, ...results]) each.dispose()
})

test('a model computes what it computes on the CPU', async () => {
  const [ours, cpus] = [device, Device.get('cpu')].map((each) => ViClipModel.random(each, SMALL, 1))
  const [actual, expected] = [await forward(ours!), await forward(cpus!)]
  const norm = Math.hypot(...expected)
  const error = Math.hypot(...actual.map((value, i) => value - expected[i]!)) / norm
  assert.ok(error < 1e-5, `relative error ${error}`)
  ours!.dispose()
  cpus!.dispose()
})

test('memory: counts return to their level, and trim gives all of it back', async () => {
  device.trim()
  await device.synchronize()
  const { active, buffers } = device.memory()
  const model = ViClipModel.random(device, SMALL, 1)
  for (let i = 0; i < 20; i++) await forward(model)
  model.dispose()
  await device.synchronize()
  assert.equal([device.memory().active, device.memory().buffers], [active, buffers])
  device.trim()
  await device.synchronize()
  assert.is(device.memory().cached, 0)
})

test('running out of memory is an error that says so, and nothing is lost by it', async () => {
  const { active } = device.memory()
  assert.throws(() => Tensor.empty(device, [2 ** 40]), hasCode('ERR_OUT_OF_MEMORY', device.name))
  assert.is(device.memory().active, active)
  const x = Tensor.from(device, [1, 2], [2])
  assert.equal(await combine([x], [2]).data(), Float32Array.of(2, 4))
  x.dispose()
})

emulatedTest('what is cached is given back before memory is said to have run out', async () => {
  const large = Tensor.empty(device, [40 << 20])
  large.dispose()
  assert.ok(device.memory().cached >= 160 << 20)
  // Fits only without what is cached, and is too small to take its place.
  const other = Tensor.empty(device, [30 << 20])
  assert.throws(() => Tensor.empty(device, [40 << 20]), hasCode('ERR_OUT_OF_MEMORY'))
  other.dispose()
  device.trim()
  await device.synchronize()
})

test('an error on the device reaches the job whose work it was, however late', async () => {
  const x = Tensor.from(device, [1, 2, 3, 4], [2, 2] as Matrix)
  const [guilty, innocent] = [new Job(), new Job()]
  const bad = guilty.run(() => gatherRows(x, [0, 9]))
  const good = innocent.run(() => combine([x], [3]))
  // The innocent job waits first, and so is the first to see it.
  assert.equal(await innocent.run(() => good.data()), Float32Array.of(3, 6, 9, 12))
  const error = await rejection(guilty.run(() => bad.data()))
  assert.ok(hasCode('ERR_SHAPE', 'gather_rows_forward', 'row index', 'has 9')(error))
  assert.is((error as MstaError).op, 'gather_rows_forward')
  assert.match((error as Error).stack ?? '', /gpu\.test/)
  for (const each of [x, bad, good]) each.dispose()
})

test('an abort ends queued work', async () => {
  const model = ViClipModel.random(device, SMALL, 1)
  const input = clips(4)
  const expected = await forward(model, input)
  const controller = new AbortController()
  const work = withJob(controller.signal, (job) => {
    const forwards = job.run(() => Array.from({ length: 60 }, () => forward(model, input)))
    for (const one of forwards) one.catch(() => {})
    forwards[0]!.then(() => controller.abort(new Error('enough')))
    return Promise.all(forwards)
  })
  assert.is(((await rejection(work)) as Error).message, 'enough')
  assert.equal(await forward(model, input), expected)
  model.dispose()
})

emulatedTest('two GPUs are two devices: each has its own memory and its own models', async () => {
  const names = loadBinding().devices()
  assert.equal(
    names.map(({ name }) => name),
    ['cpu', 'cuda:0', 'cuda:1'],
  )
  const second = Device.get('cuda:1')
  assert.is.not(second, device)
  const models = [device, second].map((each) => ViClipModel.random(each, SMALL, 1))
  assert.equal(await forward(models[0]!), await forward(models[1]!))
  assert.ok(second.memory().active > 0)
  const [x, y] = [Tensor.from(device, [1], [1]), Tensor.from(second, [1], [1])]
  assert.throws(() => combine([x, y], [1, 1]), hasCode('ERR_ARGUMENT', 'another stream'))
  for (const each of [...models, x, y]) each.dispose()
  assert.throws(() => Device.get('cuda:2'), hasCode('ERR_DEVICE', 'cuda:2'))
})

gpu.run()
