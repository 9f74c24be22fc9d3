/** Training with each method of tuning. */
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Adapter } from '../../lib/adapters/adapter.js'
import { loadAdapter, type MethodName } from '../../lib/adapters/methods.js'
import type { Dataset } from '../../lib/data/dataset.js'
import type { MotionDataset } from '../../lib/data/synthetic.js'
import { evaluate } from '../../lib/evaluate/evaluate.js'
import { ViCLIP } from '../../lib/recognition/viclip.js'
import type { Recipe } from '../../lib/train/recipes.js'
import { type TrainProgress, train } from '../../lib/train/train.js'
import { saveSmallViClip } from '../models/small-viclip.js'
import { hasCode, rejection } from '../support/errors.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'
import { bytesOf, datasetOf, makeClips, metricsOf, QUICK } from './run-folder.js'

const training = suite('training by method')
const test = noLeaks(training)
const { folder, remove } = makeFolder()
let clips: MotionDataset
let data: Dataset

training.before(async () => {
  clips = await makeClips(folder)
  data = await datasetOf(clips, clips.train)
})
training.after(remove)

const RECIPES: Record<Exclude<MethodName, 'msta'>, Recipe> = {
  adaptformer: { ...QUICK, learningRate: 0.02, adapter: { method: 'adaptformer', dim: 8 } },
  lora: { ...QUICK, learningRate: 0.02, adapter: { method: 'lora', rank: 4, text: true } },
  full: { ...QUICK, learningRate: 2e-3, adapter: { method: 'full' } },
}

/** A model of its own, as full tuning changes it. */
async function withModel(body: (model: ViCLIP) => Promise<void>): Promise<void> {
  const model = await ViCLIP.load(await saveSmallViClip(folder), { device: 'cpu', dtype: 'float32' })
  try {
    await body(model)
  } finally {
    model.dispose()
  }
}

const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length

for (const [method, quick] of Object.entries(RECIPES)) {
  test(`${method}: the loss goes down, and what is written gives the same scores`, async () => {
    const recipe: Recipe = { ...quick, epochs: 8, augmentation: 'vifi' }
    const validation = await datasetOf(clips, clips.test)
    await withModel(async (model) => {
      const frozen = await model.model.parameters.values()
      const out = path.join(folder, method)
      const result = await train({ model, data, recipe, out })
      assert.is(result.adapter.method, method)
      const [early, late] = [mean(result.losses.slice(0, 6)), mean(result.losses.slice(-6))]
      assert.ok(late < 0.8 * early, `the loss went from ${early} to ${late}`)
      for (const [name, { data: values }] of await model.model.parameters.values()) {
        const isSame = String(values) === String(frozen.get(name)!.data)
        assert.is(isSame, method !== 'full' || name === 'text_encoder.token_embedding.weight', name)
      }
      const scores = async (adapted: ViCLIP, adapter: Adapter) => {
        const { seconds: _, ...all } = await evaluate({ model: adapted, adapter, data: validation })
        return all
      }
      await withModel(async (other) => {
        const adapter = await loadAdapter(other, result.adapterFile!)
        assert.equal(await scores(other, adapter), await scores(model, result.adapter))
        adapter.dispose()
      })
      result.adapter.dispose()
    })
  })
}

test('full: a run that is interrupted ends with the same bits', async () => {
  const [whole, out] = [path.join(folder, 'whole'), path.join(folder, 'halves')]
  const validation = await datasetOf(clips, clips.test)
  const run = (options: object) =>
    withModel(async (model) => {
      // Packs the weights: what is restored must not be hidden by them.
      await model.encodeText(['before'])
      const { adapter } = await train({
        model,
        data,
        validation,
        recipe: { ...RECIPES.full, epochs: 2 },
        ...options,
      })
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

test('prefixes of videos are kept for adapters, not for a model that is tuned as a whole', () =>
  withModel(async (model) => {
    const fixed = { ...RECIPES.lora, augmentation: 'none' as const, epochs: 2 }
    const recipe = { ...fixed, adapter: { ...fixed.adapter, layers: '2' } }
    const computed = await train({ model, data, recipe })
    const kept = await train({ model, data, recipe, cacheVideoPrefix: 100 })
    assert.equal(kept.losses, computed.losses)
    for (const { adapter } of [computed, kept]) adapter.dispose()
    const full = { ...RECIPES.full, augmentation: 'none' as const }
    const refused = await rejection(train({ model, data, recipe: full, cacheVideoPrefix: 100 }))
    assert.ok(hasCode('ERR_ARGUMENT', 'cacheVideoPrefix', '"full"')(refused))
  }))

training.run()
