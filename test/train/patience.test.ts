/** Early stopping: when a run stops, and with which adapter it ends. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Dataset } from '../../lib/data/dataset.js'
import type { MotionDataset } from '../../lib/data/synthetic.js'
import { readAll } from '../../lib/formats/safetensors.js'
import type { ViCLIP } from '../../lib/recognition/viclip.js'
import { recipeForClips } from '../../lib/train/folder-recipe.js'
import { RECIPES } from '../../lib/train/recipes.js'
import { readRunSettings } from '../../lib/train/run-settings.js'
import { type TrainOptions, type TrainProgress, train } from '../../lib/train/train.js'
import type { TrainValidation } from '../../lib/train/train-types.js'
import { loadSmallViClip } from '../models/small-viclip.js'
import { hasCode, rejection } from '../support/errors.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'
import { bytesOf, datasetOf, makeClips, metricsOf, QUICK } from './run-folder.js'

const stopping = suite('train: early stopping')
const test = noLeaks(stopping)
const { folder, remove } = makeFolder()
const outOf = (name: string) => path.join(folder, name)
/** The accuracy of so small a model goes up and down. */
const RECIPE = { ...QUICK, epochs: 12, learningRate: 0.005, seed: 3, augmentation: 'none' as const }
let model: ViCLIP
let clips: MotionDataset
let data: Dataset
let validation: Dataset

stopping.before(async () => {
  clips = await makeClips(folder)
  data = await datasetOf(clips, clips.train)
  validation = await datasetOf(clips, clips.test)
  model = await loadSmallViClip(folder)
  await run({ out: outOf('whole'), patience: 3 })
})
stopping.after(() => {
  model.dispose()
  remove()
})

/** A run to its end: what it gave, and the values of its adapter. */
async function run(options: Partial<TrainOptions>) {
  const validations: TrainValidation[] = []
  const onValidation = (each: TrainValidation) => validations.push(each)
  const result = await train({ model, data, validation, recipe: RECIPE, onValidation, ...options })
  const values = await result.adapter.parameters.values()
  result.adapter.dispose()
  return { ...result, values, validations }
}

test('it stops after so many validations without a better one, with the adapter of the best', async () => {
  const { validations, best, values, steps, validation: last } = await run({ patience: 3 })
  const accuracies = validations.map(({ top1 }) => top1)
  const highest = Math.max(...accuracies)
  const reached = accuracies.indexOf(highest)
  assert.equal(best, { top1: highest, epoch: reached })
  assert.is(validations.length, reached + 4, `${accuracies}`)
  assert.is(steps, 3 * validations.length)
  assert.ok(validations.length < RECIPE.epochs)
  assert.is(last!.top1, highest)
  const kept = accuracies.lastIndexOf(highest)
  assert.ok(validations[kept]!.isBest)

  // As the checkpoint of the same run has them after that epoch.
  const out = outOf('until-best')
  const options = { recipe: RECIPE, out, patience: 3, signal: stopAfter(3 * (kept + 1)), onProgress: tick }
  await rejection(train({ model, data, validation, ...options }))
  const { tensors } = await readAll(path.join(out, 'adapter.safetensors'))
  for (const [name, { data: own }] of values) assert.equal(tensors.get(name)!.data, own)
})

test('in a run folder too; what is written is of the best', async () => {
  const { values, adapterFile } = await run({ patience: 3, out: outOf('again') })
  const { tensors } = await readAll(adapterFile!)
  for (const [name, { data: own }] of values) assert.equal(tensors.get(name)!.data, own)
  assert.ok(
    bytesOf(outOf('again'), 'adapter.safetensors').equals(
      bytesOf(outOf('again'), 'adapter-best.safetensors'),
    ),
  )
  const saved = JSON.parse(readFileSync(path.join(outOf('again'), 'validation.json'), 'utf8'))
  assert.is(saved.top1, Math.max(...accuraciesOf('again')))
})

const accuraciesOf = (name: string): number[] =>
  metricsOf(outOf(name)).flatMap((line) =>
    'validation' in line ? [(line.validation as { top1: number }).top1] : [],
  )

for (const [name, step] of Object.entries({
  'in an epoch': 4,
  'before a validation': 6,
  'after the best': 10,
}))
  test(`interrupted ${name}, it ends with the same bits`, async () => {
    const out = outOf(`stopped-${step}`)
    const reason = await rejection(
      train({
        model,
        data,
        validation,
        recipe: RECIPE,
        out,
        patience: 3,
        signal: stopAfter(step),
        onProgress: tick,
      }),
    )
    assert.match(String(reason), 'enough')
    await run({ out, patience: 3, resume: true })
    assert.equal(metricsOf(out), metricsOf(outOf('whole')))
    for (const file of ['adapter.safetensors', 'adapter-best.safetensors', 'checkpoint/last.safetensors'])
      assert.ok(bytesOf(out, file).equals(bytesOf(outOf('whole'), file)), file)
    // What has ended is not gone on with.
    const again = await run({ out, patience: 3, resume: true })
    assert.equal(again.losses, [])
    assert.ok(bytesOf(out, 'adapter.safetensors').equals(bytesOf(outOf('whole'), 'adapter.safetensors')))
  })

let ticks: ((progress: TrainProgress) => void) | undefined
const tick = (progress: TrainProgress) => ticks?.(progress)
function stopAfter(step: number): AbortSignal {
  const controller = new AbortController()
  ticks = (progress) => {
    if (progress.step === step) controller.abort(new Error('enough'))
  }
  return controller.signal
}

test('another patience or validation cannot continue a run, and patience needs a validation', async () => {
  const out = outOf('whole')
  const other = await rejection(run({ out, patience: 4, resume: true }))
  assert.ok(hasCode('ERR_CHECKPOINT', 'early stopping')(other))
  const none = await rejection(run({ patience: 3, validation: undefined }))
  assert.ok(hasCode('ERR_ARGUMENT', 'patience')(none))
  assert.ok(hasCode('ERR_ARGUMENT', 'patience')(await rejection(run({ patience: 0 }))))
})

test('a run folder tells what is needed to use it', async () => {
  const settings = await readRunSettings(outOf('whole'))
  assert.equal(settings!.labels, ['moving left', 'growing'])
  assert.equal([settings!.model, settings!.template], [model.source, RECIPE.template])
  assert.equal(await readRunSettings(settings!.adapter), settings)
  assert.is(await readRunSettings(path.join(folder, 'nothing.safetensors')), undefined)
})

test('a recipe by the clips and the size of the model', async () => {
  const small = await recipeForClips([8, 8, 3], model.config, ['epochs=7'])
  assert.equal([small.recipe.epochs, small.recipe.lambda, small.recipe.batchSize], [7, 0, 5])
  const plus = await recipeForClips([8, 8], model.config, [], { hasDescriptions: true })
  assert.is(plus.recipe.lambda, RECIPES.small!.lambda)
  const deep = { ...model.config, video: { ...model.config.video, layers: 12 } }
  assert.is((await recipeForClips([16, 16], deep)).recipe.name, 'few-shot')
  const many = await recipeForClips([17, 200], deep)
  assert.equal([many.recipe.name, many.recipe.batchSize], ['supervised', 32])
})

stopping.run()
