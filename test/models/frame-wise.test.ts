/** A clip of a frame-wise model is its frames: what holds of each alone holds of their mean, tuned in whatever way. */
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Adapter } from '../../lib/adapters/adapter.js'
import {
  type AdapterOptions,
  attachAdapter,
  loadAdapter,
  trainableCount,
} from '../../lib/adapters/methods.js'
import { CLIP_B16, CLIP_L14 } from '../../lib/models/clip/sizes.js'
import { checkConfig, parameterCount, VICLIP_B16, videoTokens } from '../../lib/models/viclip/config.js'
import type { ViClipModel } from '../../lib/models/viclip/model.js'
import type { ViClipConfig } from '../../lib/models/viclip/sizes.js'
import { Graph } from '../../lib/tensor/graph.js'
import { combine } from '../../lib/tensor/ops/combine.js'
import { scope } from '../../lib/tensor/scope.js'
import type { Video } from '../../lib/tensor/shape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { CONFIG, clips, features, OPTIONS, untrivialAdapter, video } from '../adapters/adapted-model.js'
import { hasCode } from '../support/errors.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'
import { assertSame, differentiate, errorOf, ROUNDING } from './differentiate.js'
import { untrivialModel } from './whole-encoders.js'

const frameWise = suite('frame-wise models')
const test = noLeaks(frameWise)
const { folder, remove } = makeFolder()
frameWise.after(remove)

const [BATCH, FRAMES, PIXELS] = [2, 3, 64]
const configOf = (frames: number): ViClipConfig => ({
  ...CONFIG,
  video: { ...CONFIG.video, frames, frameWise: true },
})
const clipModel = (frames = FRAMES, dtype?: ViClipModel['dtype']) =>
  untrivialModel(configOf(frames), 21, dtype)
/** Those that can tune a model of single frames. */
const METHODS: Record<string, AdapterOptions> = {
  msta: { ...OPTIONS.msta, temporal: 'none' },
  adaptformer: OPTIONS.adaptformer,
  lora: OPTIONS.lora,
  full: OPTIONS.full,
}

/** Frame `t` of every clip, as clips of one frame. */
function framesAt(model: ViClipModel, t: number): Tensor<Video> {
  const pixels = Float32Array.from({ length: BATCH * 3 * PIXELS }, (_, i) => {
    const plane = Math.floor(i / PIXELS)
    return clips[(plane * FRAMES + t) * PIXELS + (i % PIXELS)]!
  })
  return Tensor.from(model.device, pixels, [BATCH, 3, 1, 8, 8] as Video)
}

const meanOf = (model: ViClipModel, adapter: Adapter) =>
  combine(
    Array.from({ length: FRAMES }, (_, t) => model.encodeVideo(framesAt(model, t), adapter)),
    Array.from({ length: FRAMES }, () => 1 / FRAMES),
  )

frameWise('CLIP has the published sizes', () => {
  assert.is(parameterCount(CLIP_B16), 149_620_737)
  assert.is(parameterCount(CLIP_L14), 427_616_513)
  assert.is(videoTokens(CLIP_B16.video), 8 * 197)
  assert.is(trainableCount({ method: 'full' }, CLIP_B16), 124_323_841)
  // The temperature, too, is tuned; ViCLIP's is not.
  assert.is(parameterCount(CLIP_B16) - trainableCount({ method: 'full' }, CLIP_B16), 49_408 * 512)
  assert.is(parameterCount(VICLIP_B16) - trainableCount({ method: 'full' }, VICLIP_B16), 49_408 * 512 + 1)
  assert.is(checkConfig(CLIP_B16), CLIP_B16)
  const wrong = { ...CLIP_B16, video: { ...CLIP_B16.video, frameWise: false as unknown as true } }
  assert.throws(() => checkConfig(wrong), hasCode('ERR_ARGUMENT', 'frameWise'))
})

for (const [method, options] of Object.entries(METHODS)) {
  test(`${method}: features and gradients of a clip are the mean of its frames'`, async () => {
    const [whole, single] = [clipModel(), clipModel(1)]
    const adapters = [whole, single].map((model) => untrivialAdapter(model, options))
    for (const adapter of adapters) adapter.setTraining({ seed: 1, step: 0 })
    const [ofClip, ofFrames] = adapters as [Adapter, Adapter]
    const clip = video(whole)
    assertSame(
      await differentiate(ofClip, () => whole.encodeVideo(clip, ofClip)),
      await differentiate(ofFrames, () => meanOf(single, ofFrames)),
      ROUNDING,
    )
    for (const adapter of adapters) adapter.setTraining(null)
    for (const each of [clip, ...adapters, whole, single]) each.dispose()
  })

  test(`${method}: is counted, changes both encoders, and is loaded from its file`, async () => {
    const [model, other] = [clipModel(), clipModel()]
    const adapter = untrivialAdapter(model, options)
    assert.is(adapter.parameters.count, trainableCount(options, model.config))
    if (method === 'full') {
      model.parameters.get('vision_encoder.proj').set(new Float32Array(24 * 9).fill(0.1))
      model.parameters.get('text_encoder.text_projection').set(new Float32Array(20 * 9).fill(0.1))
      model.temperature = 0.05
    }
    const before = await features(other, null)
    const after = await features(model, adapter)
    for (const encoder of ['video', 'text'] as const)
      assert.ok(errorOf(after[encoder], before[encoder]) > 1e-3, encoder)
    const file = path.join(folder, `${method}.safetensors`)
    await adapter.save(file)
    const loaded = await loadAdapter(other, file)
    assert.equal(await features(other, loaded), after)
    assert.ok(Math.abs(other.temperature / model.temperature - 1) < 1e-6)
    for (const each of [adapter, loaded, model, other]) each.dispose()
  })
}

test('a temporal up-projection is refused, with what to do', () => {
  const model = clipModel()
  for (const temporal of ['conv', 'depthwise'] as const) {
    const options = { ...OPTIONS.msta, temporal }
    const refusal = hasCode('ERR_ARGUMENT', `"${temporal}"`, 'temporal none', 'AdaptFormer', 'LoRA')
    assert.throws(() => attachAdapter(model, options), refusal)
    assert.throws(() => trainableCount(options, CLIP_B16), refusal)
  }
  attachAdapter(model, { ...OPTIONS.msta, layers: '1-2', video: false }).dispose()
  model.dispose()
})

test('blocks below the first adapted one are prefix, and the rest goes on from there to the same bits', async () => {
  const model = clipModel()
  const adapter = untrivialAdapter(model, OPTIONS.lora)
  const clip = video(model)
  const prefix = scope(() => model.prefixVideo(clip, adapter))
  assert.equal([prefix.block, ...prefix.tokens.shape], [1, BATCH * FRAMES, 5, 24])
  assert.equal(
    await differentiate(adapter, () => model.encodeVideo(prefix, adapter)),
    await differentiate(adapter, () => model.encodeVideo(clip, adapter)),
  )
  for (const each of [clip, prefix.tokens, adapter, model]) each.dispose()
})

test('the order of frames is nothing to it; their number is the one it was made for', async () => {
  const model = clipModel()
  const other = video(model)
  const reversed = Float32Array.from(clips, (_, i) => {
    const [plane, pixel] = [Math.floor(i / PIXELS), i % PIXELS]
    const t = plane % FRAMES
    return clips[(plane - t + (FRAMES - 1 - t)) * PIXELS + pixel]!
  })
  const { video: forwards } = await features(model, null)
  other.set(reversed)
  const encoded = scope(() => model.encodeVideo(other))
  assert.ok(errorOf(await encoded.data(), forwards) < 1e-6)
  const short = Tensor.from(model.device, reversed.slice(0, 2 * 3 * PIXELS), [1, 3, 2, 8, 8] as Video)
  assert.throws(() => model.encodeVideo(short), hasCode('ERR_SHAPE', '3 frames'))
  for (const each of [other, encoded, short, model]) each.dispose()
})

test('it computes in bfloat16, and its work can be recorded', async () => {
  const [exact, rounded] = [clipModel(), clipModel(FRAMES, 'bfloat16')]
  const wanted = await features(exact, null)
  const found = await features(rounded, null)
  for (const encoder of ['video', 'text'] as const) {
    const error = errorOf(found[encoder], wanted[encoder])
    assert.ok(error > 0 && error < 3e-2, `${encoder} differs by ${error}`)
  }
  const clip = video(exact)
  const graph = Graph.record(exact.device, () => exact.encodeVideo(clip))
  assert.equal(await graph.run().data(), wanted.video)
  for (const each of [graph, clip, exact, rounded]) each.dispose()
})

frameWise.run()
