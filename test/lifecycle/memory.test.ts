/** Memory comes back: counts exactly, the process's size within a bound; what is too much is an error. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { scope } from '../../lib/tensor/scope.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { testDevice } from '../support/device.js'
import { hasCode, rejection } from '../support/errors.js'
import { collectGarbage } from '../support/garbage.js'
import { observe, quote } from '../support/observe.js'
import { skipUnless } from '../support/skip.js'
import { clips, forward, smallModel } from './small-model.js'

const memory = suite('lifecycle: memory')
const device = testDevice()
const rssTest = skipUnless(
  memory,
  process.env.MSTA_SANITIZER === undefined,
  "the process's size says nothing under a sanitizer",
)

const CYCLES = 1000
// V8's young generation takes some 400 cycles to grow to its size.
const WARM_UP = 500
// 33 KB a cycle, where the tensors of one hold 0.8 MB and the model 0.4 MB. A smaller block that is kept shows in
// the counts, which must return to their level exactly.
const MOST_GROWTH = 32 << 20

/** Resident bytes after the garbage of earlier work is gone. */
async function residentBytes(): Promise<number> {
  await device.synchronize()
  await collectGarbage()
  return process.memoryUsage.rss()
}

/** Runs `cycle` many times; returns the growth of the process between warm-up and end. */
async function growthOver(cycle: (i: number) => Promise<void> | void): Promise<number> {
  for (let i = 0; i < WARM_UP; i++) await cycle(i)
  const before = await residentBytes()
  for (let i = 0; i < CYCLES; i++) await cycle(i)
  return (await residentBytes()) - before
}

rssTest(`${CYCLES} cycles of making and disposing tensors leave the process as large as it was`, async () => {
  const level = device.memory()
  const values = new Float32Array(1 << 16).fill(1)
  const growth = await growthOver(async (i) => {
    const kept = scope(() => {
      // Sizes vary, so that the allocator's reuse of near sizes is met too.
      Tensor.empty(device, [1000 + (i % 50) * 64])
      Tensor.empty(device, [1 << 18], 'bfloat16')
      return Tensor.from(device, values, [256, 256])
    })
    if (i % 10 === 0) assert.is((await kept.data())[7], 1)
    kept.dispose()
  })
  process.stdout.write(`resident growth over ${CYCLES} tensor cycles: ${(growth / 1e6).toFixed(1)} MB\n`)
  assert.ok(growth < MOST_GROWTH, `${growth} bytes`)
  assert.is(device.memory().active, level.active)
  assert.is(device.memory().buffers, level.buffers)
})

rssTest(`${CYCLES} cycles of making, using and disposing a model do too`, async () => {
  const level = device.memory()
  const input = clips()
  const growth = await growthOver(async () => {
    const model = smallModel()
    const values = await forward(model, input)
    assert.ok(Number.isFinite(values[0]!))
    model.dispose()
  })
  process.stdout.write(`resident growth over ${CYCLES} model cycles: ${(growth / 1e6).toFixed(1)} MB\n`)
  assert.ok(growth < MOST_GROWTH, `${growth} bytes`)
  assert.is(device.memory().active, level.active)
  assert.is(device.memory().buffers, level.buffers)
})

memory('a model gives back all it took, cached memory included', async () => {
  device.trim()
  await device.synchronize()
  const level = device.memory()
  const model = smallModel()
  await forward(model)
  assert.ok(device.memory().active > level.active)
  model.dispose()
  await device.synchronize()
  assert.is(device.memory().active, level.active)
  assert.is(device.memory().cached, 0)
})

memory('a scope that throws disposes what it made', () => {
  const { active } = device.memory()
  const attempt = () =>
    scope(() => {
      Tensor.empty(device, [1000])
      throw new Error('on purpose')
    })
  assert.throws(attempt, 'on purpose')
  assert.is(device.memory().active, active)
})

memory('too much memory is ERR_OUT_OF_MEMORY, and the process goes on', async () => {
  const { active, buffers } = device.memory()
  assert.throws(() => device.allocate(1e15), hasCode('ERR_OUT_OF_MEMORY', '1000000000000000'))
  assert.throws(() => Tensor.empty(device, [1e6, 1e6, 250]), hasCode('ERR_OUT_OF_MEMORY'))
  assert.throws(() => device.allocate(Number.MAX_SAFE_INTEGER), hasCode('ERR_OUT_OF_MEMORY'))
  observe('memory', { 'allocations refused with ERR_OUT_OF_MEMORY, and the process went on': 3 })
  assert.equal([device.memory().active, device.memory().buffers], [active, buffers])
  const tensor = Tensor.from(device, [1, 2, 3], [3])
  assert.equal([...(await tensor.data())], [1, 2, 3])
  tensor.dispose()
})

memory('use after dispose is ERR_DISPOSED; disposing twice is harmless', async () => {
  const { active } = device.memory()
  const tensor = Tensor.from(device, [1, 2, 3], [3])
  const other = tensor.share()
  tensor.dispose()
  tensor.dispose()
  assert.ok(tensor.isDisposed)
  assert.throws(() => tensor.buffer, hasCode('ERR_DISPOSED', '[3]'))
  assert.throws(() => tensor.set([4, 5, 6]), hasCode('ERR_DISPOSED'))
  assert.throws(() => tensor.share(), hasCode('ERR_DISPOSED'))
  const error = await rejection((async () => tensor.data())())
  assert.ok(hasCode('ERR_DISPOSED')(error))
  assert.equal([...(await other.data())], [1, 2, 3], 'the other handle lost its memory')
  other.dispose()
  other.dispose()
  assert.is(device.memory().active, active)
  observe('memory', `after dispose: ${quote(error)}; disposing twice changed nothing`)
})

memory('a disposed model is an error, twice disposed is not', async () => {
  const model = smallModel()
  model.dispose()
  model.dispose()
  const error = await rejection((async () => forward(model))())
  assert.ok(hasCode('ERR_DISPOSED')(error))
})

memory.run()
