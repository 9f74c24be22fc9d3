/** Training a frame-wise CLIP: as ViFi-CLIP, temperature and all, and with adapters. */
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type AdapterOptions, loadAdapter } from '../../lib/adapters/methods.js'
import type { Dataset } from '../../lib/data/dataset.js'
import type { MotionDataset } from '../../lib/data/synthetic.js'
import { evaluate } from '../../lib/evaluate/evaluate.js'
import { ViCLIP } from '../../lib/recognition/viclip.js'
import type { Recipe } from '../../lib/train/recipes.js'
import { type TrainProgress, train } from '../../lib/train/train.js'
import { SMALL_CLIP, saveSmallViClip } from '../models/small-viclip.js'
import { hasCode, rejection } from '../support/errors.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'
import { bytesOf, datasetOf, makeClips, metricsOf, QUICK } from './run-folder.js'

const training = suite('training CLIP')
const test = noLeaks(training)
const { folder, remove } = makeFolder()
let clips: MotionDataset
let data: Dataset
let validation: Dataset

training.before(async () => {
  clips = await makeClips(folder)
  data = await datasetOf(clips, clips.train)
  validation = await datasetOf(clips, clips.test)
})
training.after(remove)

const recipeOf = (adapter: AdapterOptions, changes: Partial<Recipe> = {}): Recipe => ({
  ...QUICK,
  learningRate: 2e-3,
  adapter: adapter as Recipe['adapter'],
  ...changes,
})

async function withClip(body: (model: ViCLIP) => Promise<void>): Promise<void> {
  const file = await saveSmallViClip(folder, 3, SMALL_CLIP)
  const model = await ViCLIP.load(file, { device: 'cpu', dtype: 'float32', frames: 4 })
  try {
    await body(model)
  } finally {
    model.dispose()
  }
}

test('full tuning trains the temperature; its file brings it back', () =>
  withClip(async (model) => {
    const before = model.model.temperature
    const recipe = recipeOf({ method: 'full' }, { epochs: 6, augmentation: 'vifi' })
    const { adapter, adapterFile, losses } = await train({
      model,
      data,
      recipe,
      out: path.join(folder, 'full'),
    })
    assert.ok(losses.at(-1)! < 0.8 * losses[0]!, String(losses))
    const [logScale] = await adapter.parameters.get('logit_scale').data()
    assert.not.equal(model.model.temperature, before)
    assert.is(model.model.temperature, Math.exp(-logScale!))
    const { seconds: _, ...scores } = await evaluate({ model, adapter, data: validation })
    await withClip(async (other) => {
      const loaded = await loadAdapter(other, adapterFile!)
      assert.is(other.model.temperature, model.model.temperature)
      const { seconds: _, ...again } = await evaluate({ model: other, adapter: loaded, data: validation })
      assert.equal(again, scores)
      loaded.dispose()
    })
    adapter.dispose()
  }))

test('a run that is interrupted ends with the same bits', async () => {
  const [whole, out] = [path.join(folder, 'whole'), path.join(folder, 'halves')]
  const run = (options: object) =>
    withClip(async (model) => {
      const recipe = recipeOf({ method: 'full' }, { epochs: 2 })
      const { adapter } = await train({ model, data, validation, recipe, ...options })
      adapter.dispose()
    })
  await run({ out: whole })
  const controller = new AbortController()
  const reason = new Error('enough')
  const onProgress = ({ step }: TrainProgress) => step === 4 && controller.abort(reason)
  assert.is(await rejection(run({ out, onProgress, signal: controller.signal })), reason)
  await run({ out, resume: true })
  assert.ok(bytesOf(out, 'adapter.safetensors').equals(bytesOf(whole, 'adapter.safetensors')))
  assert.equal(metricsOf(out), metricsOf(whole))
})

test('adapters train on it, from kept prefixes, too; the temperature stays', () =>
  withClip(async (model) => {
    const before = model.model.temperature
    for (const adapter of [
      { method: 'adaptformer', dim: 8, layers: '2' },
      { method: 'lora', rank: 4, layers: '2' },
      { dim: 8, layers: '2', temporal: 'none' },
    ] as const) {
      const recipe = recipeOf(adapter, { augmentation: 'none', epochs: 2 })
      const computed = await train({ model, data, recipe })
      const kept = await train({ model, data, recipe, cacheVideoPrefix: 100 })
      assert.equal(kept.losses, computed.losses)
      assert.ok(computed.losses.every(Number.isFinite))
      for (const each of [computed, kept]) each.adapter.dispose()
    }
    assert.is(model.model.temperature, before)
    const refused = await rejection(train({ model, data, recipe: recipeOf({ dim: 8 }) }))
    assert.ok(hasCode('ERR_ARGUMENT', 'temporal none')(refused))
  }))

training.run()
