/** Frame-wise CLIP, and the ViCLIP that begins as one, beside what PyTorch computes of the same checkpoint. */
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FullTuning } from '../../lib/adapters/full/full.js'
import {
  type LoadedTensor,
  readAll,
  type TensorToWrite,
  writeSafetensors,
} from '../../lib/formats/safetensors.js'
import { loadViClip } from '../../lib/models/viclip/checkpoint.js'
import type { ViClipModel } from '../../lib/models/viclip/model.js'
import { scope } from '../../lib/tensor/scope.js'
import type { Vector } from '../../lib/tensor/shape.js'
import { Tape } from '../../lib/tensor/tape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { videoTextLoss } from '../../lib/train/loss.js'
import { AdamW } from '../../lib/train/optimizer.js'
import { testDevice } from '../support/device.js'
import { hasCode, rejection } from '../support/errors.js'
import { observe } from '../support/observe.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'
import { clipCase, clipFile, idsOf, LAYOUT_FILES, loadClip, UNTOLD, videoOf } from './clip-files.js'
import { assertClose } from './differentiate.js'

const clip = suite('frame-wise CLIP')
const test = noLeaks(clip)
const FORWARD = 1e-5
const GRADIENT = 5e-5
const { folder, remove } = makeFolder()
clip.after(remove)
let reference: Map<string, LoadedTensor>

clip.before(async () => {
  reference = await clipCase()
})

const expected = (name: string) => reference.get(name)!.data as Float32Array

async function features(model: ViClipModel, video = 'input.video') {
  const { contextLength } = model.config.text
  const encoded = scope(() => ({
    video: model.encodeVideo(videoOf(reference.get(video)!)),
    text: model.encodeText(idsOf(reference.get('input.prompt_ids')!, contextLength)),
  }))
  const values = { video: await encoded.video.data(), text: await encoded.text.data() }
  for (const tensor of Object.values(encoded)) tensor.dispose()
  return values
}

for (const name of Object.keys(LAYOUT_FILES))
  test(`${name}: features are those of PyTorch`, async () => {
    const model = await loadClip(name)
    const { video, text } = await features(model)
    assertClose(video, expected('video_embed'), FORWARD, 'video')
    assertClose(text, expected('text_embed'), FORWARD, 'text')
    assert.is(model.temperature, Math.exp(-2.25))
    model.dispose()
  })

test('another resolution interpolates the spatial embedding', async () => {
  const model = await loadClip('hugging-face', { resolution: 20 })
  const { video } = await features(model, 'input.large_video')
  assertClose(video, expected('large.video_embed'), FORWARD, 'video')
  model.dispose()
})

/** Cross-entropy and gradients of the fixture's batch under full tuning. */
function fullTuning(model: ViClipModel, tuning: FullTuning) {
  const tape = new Tape()
  tuning.setTraining({ seed: 1, step: 0 })
  const loss = tape.watch(() =>
    scope(() => {
      const { temperature, logScale } = model
      const labels = expected('input.labels')
      return videoTextLoss({
        video: model.encodeVideo(videoOf(reference.get('input.video')!)),
        classes: model.encodeText(idsOf(reference.get('input.prompt_ids')!, model.config.text.contextLength)),
        labels: Tensor.from(model.device, labels, [labels.length] as Vector, 'int32'),
        temperature,
        logScale,
      }).total
    }),
  )
  const gradients = tape.backward(
    loss,
    [...tuning.parameters.entries()].map(([, tensor]) => tensor),
  )
  tuning.setTraining(null)
  return { loss, gradients }
}

test('full tuning: loss, every gradient and the new temperature are those of PyTorch', async () => {
  const model = await loadClip()
  const tuning = FullTuning.attach(model)
  const { loss, gradients } = fullTuning(model, tuning)
  assertClose(await loss.data(), expected('full.ce'), FORWARD, 'loss')
  const names = new Set<string>()
  for (const [name, tensor] of tuning.parameters.entries()) {
    const inFile = name.replace('vision_encoder.', 'visual.').replace('text_encoder.', '')
    names.add(`full.grad.${inFile}`)
    assertClose(await gradients.get(tensor)!.data(), expected(`full.grad.${inFile}`), GRADIENT, name)
  }
  assert.equal([...names].sort(), [...reference.keys()].filter((name) => name.includes('.grad.')).sort())
  assert.ok(names.has('full.grad.logit_scale'))

  const optimizer = new AdamW(tuning.parameters.entries())
  const before = model.temperature
  optimizer.step(gradients, 1e-3)
  await model.parametersChanged()
  const [logScale] = expected('full.after1.logit_scale')
  assert.not.equal(model.temperature, before)
  assert.ok(Math.abs(-Math.log(model.temperature) - logScale!) <= GRADIENT * logScale!)
  for (const each of [optimizer, gradients, loss, tuning, model]) each.dispose()
})

test('a CLIP that is to be a ViCLIP begins as the reference says', async () => {
  for (const name of Object.keys(LAYOUT_FILES)) {
    const model = await loadClip(name, { as: 'viclip' })
    assert.is(model.config.text.contextLength, 32)
    assert.is(model.config.video.frameWise, undefined)
    assert.is(model.logScale, undefined)
    const { video, text } = await features(model)
    assertClose(video, expected('viclip.video_embed'), FORWARD, 'video')
    assertClose(text, expected('viclip.text_embed'), FORWARD, 'text')
    const tuning = FullTuning.attach(model)
    const { loss, gradients } = fullTuning(model, tuning)
    assertClose(await loss.data(), expected('viclip.ce'), FORWARD, 'loss')
    for (const each of [loss, gradients, tuning, model]) each.dispose()
  }
})

test('frames that its metadata tells are taken up to a bound', async () => {
  const file = path.join(folder, 'clip.safetensors')
  const { tensors } = await readAll(clipFile('openai'))
  const told = (frames: string) =>
    writeSafetensors(file, tensors as Map<string, TensorToWrite>, { 'msta.frames': frames })
  const load = () => loadViClip(testDevice(), file, { as: 'viclip', heads: UNTOLD.heads })
  await told('5')
  const model = await load()
  assert.is(model.config.video.frames, 5)
  model.dispose()
  const wrong = ['1e9', '1025', '0', '-1', '2.5', 'x']
  for (const frames of wrong) {
    await told(frames)
    assert.ok(hasCode('ERR_CHECKPOINT', file, 'msta.frames', `"${frames}"`, '1024')(await rejection(load())))
  }
  observe('hugeSizes', { 'numbers of frames in metadata refused with ERR_CHECKPOINT': wrong.length })
})

clip.run()
