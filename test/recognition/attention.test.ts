/** What the class token attends to: the shares of the kernel itself, told frame by frame. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LoRA } from '../../lib/adapters/lora/lora.js'
import { MSTA } from '../../lib/adapters/msta/msta.js'
import { clsAttention } from '../../lib/models/viclip/cls-attention.js'
import { videoAttention } from '../../lib/recognition/attention.js'
import { ViCLIP } from '../../lib/recognition/viclip.js'
import { attention } from '../../lib/tensor/ops/attention.js'
import type { Tokens } from '../../lib/tensor/shape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { testTransforms } from '../../lib/video/transforms.js'
import { testDevice } from '../support/device.js'
import { seededRandom } from '../support/random.js'
import { noLeaks } from '../tensor/no-leaks.js'

const suiteOf = suite('attention of the class token')
const test = noLeaks(suiteOf)
const next = seededRandom(5)
const model = await ViCLIP.load('msta-tiny', { device: 'cpu', dtype: 'float32' })
const { frames, resolution: size } = model.config.video
const clip = {
  frames: Uint8Array.from({ length: frames * size * size * 3 }, () => 256 * next()),
  ...{ width: size, height: size, transforms: testTransforms(size, size, { size, crops: 1 }) },
}
await videoAttention(model, clip)
suiteOf.after(() => model.dispose())

test('the shares are those that the kernel weighs values with', async () => {
  const [tokens, width, heads] = [19, 24, 3]
  const qkv = Float32Array.from({ length: tokens * 3 * width }, () => 4 * next() - 2)
  const packed = Tensor.from(testDevice(), qkv, [1, tokens, 3 * width] as Tokens)
  const context = attention(packed, { heads, firstQueryOnly: true })
  const expected = await context.data()
  packed.dispose()
  context.dispose()
  const shares = clsAttention({ qkv, tokens, width, heads })
  const value = (token: number, i: number) => qkv[token * 3 * width + 2 * width + i]!
  for (let i = 0; i < width; i++) {
    const head = Math.floor(i / (width / heads))
    let sum = 0
    for (let token = 0; token < tokens; token++) sum += shares[head * tokens + token]! * value(token, i)
    assert.ok(Math.abs(sum - expected[i]!) <= 1e-5)
  }
})

test('shares of a clip: frames, grid, sum', async () => {
  const seen = await videoAttention(model, clip)
  assert.equal([seen.frames, seen.grid], [frames, size / model.config.video.patchSize])
  assert.is(seen.patches.length, frames * seen.grid ** 2)
  const sum = seen.patches.reduce((total, share) => total + share, seen.ofItself)
  assert.ok(Math.abs(sum - 1) < 1e-5)
  assert.ok(new Set(seen.patches).size > 1)
})

test('adapters change them: beside the blocks below, and in the last projection', async () => {
  const plain = await videoAttention(model, clip)
  for (const adapter of [
    MSTA.attach(model, { dim: 8, layers: [1, 4], alpha: 1, seed: 2 }),
    LoRA.attach(model, { rank: 4, layers: [4, 4], seed: 2 }),
  ]) {
    for (const [, tensor] of adapter.parameters.entries())
      tensor.set(Float32Array.from({ length: tensor.size }, () => next() - 0.5))
    const adapted = await videoAttention(model, clip, { adapter })
    assert.ok(adapted.patches.some((share, i) => Math.abs(share - plain.patches[i]!) > 1e-6))
    adapter.dispose()
  }
})

test('a frame-wise CLIP: every frame counts the same, and has its own shares', async () => {
  const clipModel = await ViCLIP.load('random:clip-tiny', { device: 'cpu', dtype: 'float32' })
  const { frames: count, resolution } = clipModel.config.video
  const pixels = Uint8Array.from({ length: count * resolution ** 2 * 3 }, () => 256 * next())
  const view = testTransforms(resolution, resolution, { size: resolution, crops: 1 })
  const own = { frames: pixels, width: resolution, height: resolution, transforms: view }
  const before = await videoAttention(clipModel, own)
  assert.ok(Math.abs(before.patches.reduce((sum, share) => sum + share, before.ofItself) - 1) < 1e-5)
  pixels.fill(255, 2 * resolution ** 2 * 3, 3 * resolution ** 2 * 3)
  const after = await videoAttention(clipModel, own)
  const changed = before.patches.map((share, i) => Math.abs(share - after.patches[i]!))
  const perFrame = before.grid ** 2
  const changes = Array.from({ length: count }, (_, t) =>
    Math.max(...changed.subarray(t * perFrame, (t + 1) * perFrame)),
  )
  assert.equal(
    changes.map((change) => change > 1e-7),
    changes.map((_, t) => t === 2),
  )
  clipModel.dispose()
})

test('an abort ends it', async () => {
  const reason = new Error('enough')
  let thrown: unknown
  await videoAttention(model, clip, { signal: AbortSignal.abort(reason) }).catch((error) => {
    thrown = error
  })
  assert.is(thrown, reason)
})

suiteOf.run()
