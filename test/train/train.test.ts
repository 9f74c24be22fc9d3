import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MSTA } from '../../lib/adapters/msta/msta.js'
import type { Dataset } from '../../lib/data/dataset.js'
import type { MotionDataset } from '../../lib/data/synthetic.js'
import { readHeader } from '../../lib/formats/safetensors.js'
import type { ViCLIP } from '../../lib/recognition/viclip.js'
import { checkpointPath } from '../../lib/train/checkpoint.js'
import { consistencyTargets } from '../../lib/train/descriptions.js'
import type { Recipe } from '../../lib/train/recipes.js'
import { learningRate } from '../../lib/train/schedule.js'
import { type TrainProgress, train } from '../../lib/train/train.js'
import { loadSmallViClip } from '../models/small-viclip.js'
import { testDevice } from '../support/device.js'
import { hasCode, rejection } from '../support/errors.js'
import { observe, quote } from '../support/observe.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'
import { bytesOf, datasetOf, makeClips, metricsOf, namesIn, QUICK } from './run-folder.js'

const training = suite('train')
const test = noLeaks(training)
const device = testDevice()
const { folder, remove } = makeFolder()
const DESCRIPTIONS = {
  spatial: [['a small disc', 'a shape at the right'], ['a dot']],
  temporal: [['it goes left'], ['it grows', 'it gets larger', 'it swells']],
}
let model: ViCLIP
let clips: MotionDataset
let data: Dataset

training.before(async () => {
  clips = await makeClips(folder)
  data = await datasetOf(clips, clips.train)
  model = await loadSmallViClip(folder)
  // Packs the frozen weights once, so that the levels of memory compare.
  const warm = await train({ model, data, recipe: { ...QUICK, epochs: 1 } })
  warm.adapter.dispose()
})
training.after(() => {
  model.dispose()
  remove()
})

const outOf = (name: string) => path.join(folder, name)
const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length

test('the loss goes down, and the run folder holds what it should', async () => {
  const out = outOf('first')
  const gentle = { ...QUICK.adapter, alpha: 0.02 }
  const recipe: Recipe = { ...QUICK, epochs: 12, learningRate: 0.02, augmentation: 'vifi', adapter: gentle }
  const seen: TrainProgress[] = []
  const validation = await datasetOf(clips, clips.test)
  const result = await train({ model, data, validation, recipe, out, onProgress: (each) => seen.push(each) })
  assert.is(result.steps, 36)
  assert.is(result.losses.length, 36)
  const [early, late] = [mean(result.losses.slice(0, 6)), mean(result.losses.slice(-6))]
  assert.ok(late < 0.7 * early, `the loss went from ${early} to ${late}`)

  const files = [
    'adapter-best.safetensors',
    'adapter.safetensors',
    'checkpoint',
    'config.json',
    'events.out.tfevents.TIME.msta',
    'metrics.jsonl',
    'validation.json',
  ]
  assert.equal(namesIn(out), files)
  assert.equal(readdirSync(path.join(out, 'checkpoint')).sort(), ['last.safetensors', 'step-33.safetensors'])
  const config = JSON.parse(readFileSync(path.join(out, 'config.json'), 'utf8'))
  assert.equal(config.recipe, recipe)
  assert.equal(config['training list'], data.list)
  assert.equal(config.labels, ['moving left', 'growing'])
  assert.equal(config.model.source, model.source)
  assert.equal(config.model.config, model.config)
  assert.equal(config['adapter settings'], result.adapter.settings())

  const lines = metricsOf(out)
  const steps = lines.filter((line) => 'loss' in line)
  assert.equal(
    steps.map(({ step }) => step),
    Array.from({ length: 36 }, (_, i) => i + 1),
  )
  for (const [i, line] of steps.entries()) {
    const options = { baseLr: 0.02, totalSteps: 36, iterationsPerEpoch: 3, warmupEpochs: 1 }
    assert.is(line.learningRate, learningRate(i, options), `learning rate of step ${i}`)
    assert.equal([line.loss, line.epoch, line.totalSteps], [result.losses[i], Math.floor(i / 3), 36])
    assert.equal([line.crossEntropy, line.consistency], [line.loss, null])
  }
  assert.is(steps[0]!.learningRate, 0)
  const validations = lines.filter((line) => 'validation' in line)
  assert.equal(
    validations.map(({ step, epoch }) => [step, epoch]),
    Array.from({ length: 12 }, (_, epoch) => [3 * epoch + 3, epoch]),
  )
  const { top1, top5, videos, failed } = result.validation!
  assert.equal(validations.at(-1)!.validation, { top1, top5, videos, failed })
  assert.is(videos, 4)
  assert.equal(
    seen.map(({ step }) => step),
    steps.map(({ step }) => step),
  )

  const loaded = await MSTA.load(model, result.adapterFile!)
  assert.equal(await loaded.parameters.values(), await result.adapter.parameters.values())
  loaded.dispose()
  result.adapter.dispose()
})

test('what another run in the folder said of its validation goes', async () => {
  const out = outOf('reused')
  mkdirSync(out)
  writeFileSync(path.join(out, 'validation.json'), '{}')
  const { adapter } = await train({ model, data, recipe: { ...QUICK, epochs: 1 }, out })
  adapter.dispose()
  assert.not(namesIn(out).includes('validation.json'))
})

test('the same recipe trains to the same bits, another seed does not', async () => {
  const runs = [QUICK, QUICK, { ...QUICK, seed: 6 }].map((recipe, i) => ({ recipe, out: outOf(`same${i}`) }))
  for (const { recipe, out } of runs) {
    const { adapter } = await train({ model, data, recipe: { ...recipe, epochs: 1 }, out })
    adapter.dispose()
  }
  const [first, second, other] = runs.map(({ out }) => bytesOf(out, 'adapter.safetensors'))
  assert.ok(first!.equals(second!))
  assert.equal(metricsOf(runs[0]!.out), metricsOf(runs[1]!.out))
  assert.not(first!.equals(other!))
})

test('the crops of the recipe are those of training', async () => {
  const lossesWith = async (crops: Partial<Recipe>) => {
    const { adapter, losses } = await train({ model, data, recipe: { ...QUICK, epochs: 1, ...crops } })
    adapter.dispose()
    return losses
  }
  const usual = await lossesWith({})
  assert.equal(await lossesWith({ cropScale: [0.08, 1], cropRatio: [3 / 4, 4 / 3] }), usual)
  assert.not.equal(await lossesWith({ cropScale: [0.9, 1] }), usual)
  assert.not.equal(await lossesWith({ cropRatio: [1, 1] }), usual)
})

test('only the adapter trains, from the one given, and without --out nothing is written', async () => {
  const backbone = await model.model.parameters.values()
  const adapter = MSTA.attach(model, { ...QUICK.adapter, seed: 77 })
  const before = await adapter.parameters.values()
  const files = readdirSync(folder)
  const result = await train({ model, adapter, data, recipe: { ...QUICK, epochs: 2 } })
  assert.is(result.adapter, adapter)
  assert.is(result.adapterFile, null)
  assert.equal(readdirSync(folder), files)
  assert.equal(await model.model.parameters.values(), backbone)
  const after = await adapter.parameters.values()
  for (const [name, { data: values }] of after) {
    // CLS alone is read after the last block: its temporal path has no gradient, and a bias of zero stays zero.
    const stays = name === 'video.1.temporal.bias'
    assert.is(String(values) === String(before.get(name)!.data), stays, name)
  }
  adapter.dispose()
})

test('MSTA+ adds the consistency term, and needs descriptions for it', async () => {
  const recipe = { ...QUICK, lambda: 1, epochs: 2 }
  assert.ok(
    hasCode('ERR_ARGUMENT', 'lambda 1', 'descriptions')(await rejection(train({ model, data, recipe }))),
  )
  const seen: TrainProgress[] = []
  const notes: string[] = []
  const { adapter } = await train({
    model,
    data,
    recipe: { ...recipe, descriptionsPerClass: 9 },
    descriptions: DESCRIPTIONS,
    onProgress: (each) => seen.push(each),
    onNote: (note) => notes.push(note),
  })
  assert.is(seen.length, 6)
  assert.match(notes.join(), 'the recipe takes 9 descriptions')
  for (const { loss, crossEntropy, consistency } of seen) {
    assert.ok(consistency! > 0 && consistency! < 4, `${consistency}`)
    assert.ok(Math.abs(loss - crossEntropy - consistency!) < 1e-5 * loss)
  }
  assert.ok(seen.at(-1)!.consistency !== seen[0]!.consistency)
  adapter.dispose()
})

test('description targets are means of frozen features, whichever way the texts are batched', async () => {
  const many = {
    spatial: [Array.from({ length: 70 }, (_, i) => `shape ${i}`), ['a dot']],
    temporal: DESCRIPTIONS.temporal,
  }
  const targets = await consistencyTargets(model, many, 0.5)
  assert.is(targets.lambda, 0.5)
  const expected = new Float64Array(12)
  for (const text of many.spatial[0]!) {
    const { data: feature } = await model.encodeText([text])
    const length = Math.hypot(...feature)
    for (const [i, x] of feature.entries()) expected[i]! += x / length / 70
  }
  const actual = await targets.spatial.data()
  for (const [i, x] of expected.entries())
    assert.ok(Math.abs(actual[i]! - x) < 1e-6, `${actual[i]}, not ${x}`)
  targets.spatial.dispose()
  targets.temporal.dispose()
})

test('an abort between the two kinds of descriptions keeps no memory', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const temporal = Object.assign([...DESCRIPTIONS.temporal], {
    flat() {
      controller.abort(reason)
      return ['it goes left']
    },
  })
  const attempt = consistencyTargets(model, { spatial: DESCRIPTIONS.spatial, temporal }, 1, controller.signal)
  assert.is(await rejection(attempt), reason)
})

test('a bad video is left out and reported; with the policy fail it ends the run', async () => {
  const junk = path.join(clips.root, 'junk.mp4')
  writeFileSync(junk, 'junk '.repeat(100))
  const list = path.join(folder, 'with-junk.txt')
  writeFileSync(list, `${readFileSync(clips.train, 'utf8')}junk.mp4 1\n`)
  const withJunk = await datasetOf(clips, list)
  const { adapter, failures, losses } = await train({
    model,
    data: withJunk,
    recipe: { ...QUICK, epochs: 2 },
  })
  assert.is(losses.length, 6)
  assert.equal(
    failures.map((failure) => [failure.path, (failure.error as { code?: string }).code]),
    [['junk.mp4', 'ERR_VIDEO']],
  )
  adapter.dispose()
  const strict = train({ model, data: withJunk, recipe: QUICK, badVideos: 'fail' })
  assert.ok(hasCode('ERR_VIDEO', 'junk.mp4')(await rejection(strict)))
})

test('a loss that is not finite names the step and the clips, and keeps the run as it was', async () => {
  const out = outOf('broken')
  const adapter = MSTA.attach(model, { ...QUICK.adapter, seed: 1 })
  const bias = adapter.parameters.get('video.0.up.bias')
  const onProgress = ({ step }: TrainProgress) => {
    if (step === 4) bias.set(new Float32Array(bias.size).fill(Number.NaN))
  }
  const error = (await rejection(train({ model, adapter, data, recipe: QUICK, out, onProgress }))) as Error
  assert.ok(hasCode('ERR_TRAIN', 'step 4', 'NaN')(error))
  const paths = data.entries.map((entry) => entry.path).filter((each) => error.message.includes(each))
  assert.is(paths.length, QUICK.batchSize, error.message)
  const { metadata } = await readHeader(checkpointPath(out))
  assert.is(JSON.parse(metadata.position!).step, 4)
  assert.is(metricsOf(out).length, 4)
  assert.ok(existsSync(path.join(out, 'adapter.safetensors')))
  adapter.dispose()
  const toldOf = ['step 4', checkpointPath(out)].filter((part) => error.message.includes(part)).length
  assert.is(toldOf, 2)
  observe(
    'nonFinite',
    `${quote(error)}; the message goes on with ${paths.length} clips and the checkpoint kept`,
  )
})

test('by policy a step that is not finite is left out and told; ten in a row end the run', async () => {
  const out = outOf('skipped')
  const adapter = MSTA.attach(model, { ...QUICK.adapter, seed: 1 })
  const bias = adapter.parameters.get('video.0.up.bias')
  const notes: string[] = []
  const spoil = () => bias.set(new Float32Array(bias.size).fill(Number.NaN))
  const result = await train({
    ...{ model, adapter, data, recipe: QUICK, out, onNonFinite: 'skip' },
    onProgress: ({ step }) => {
      if (step === 4) spoil()
    },
    onNote: (note) => {
      notes.push(note)
      if (notes.length === 2) bias.set(new Float32Array(bias.size))
    },
  })
  assert.is(result.losses.length, 7)
  assert.match(notes[0]!, /^skipped: The loss of step 4 is NaN/)
  assert.equal(
    metricsOf(out).map(({ step, skipped }) => [step, skipped !== undefined]),
    [1, 2, 3, 4, 5, 6, 7, 8, 9].map((step) => [step, step === 5 || step === 6]),
  )
  spoil()
  const many = { ...QUICK, epochs: 20 }
  const ended = await rejection(train({ model, adapter, data, recipe: many, onNonFinite: 'skip' }))
  assert.ok(hasCode('ERR_TRAIN', '10 steps in a row')(ended))
  observe(
    'nonFinite',
    `to be skipped: ${notes.length} steps left out and told of; ten in a row ended the run`,
  )
  adapter.dispose()
})

test('wrong calls are refused before anything is written', async () => {
  const out = outOf('never')
  const other = await loadSmallViClip(folder, 4)
  const adapter = MSTA.attach(other, QUICK.adapter)
  const foreign = train({ model, adapter, data, recipe: QUICK, out })
  assert.ok(hasCode('ERR_ARGUMENT', 'another model')(await rejection(foreign)))
  adapter.dispose()
  other.dispose()
  const wrong = [
    { recipe: { ...QUICK, epochs: 0 } },
    { recipe: { ...QUICK, adapter: { dim: -1 } } },
    { recipe: { ...QUICK, template: 'no place' } },
  ]
  for (const { recipe } of wrong)
    assert.ok(hasCode('ERR_ARGUMENT')(await rejection(train({ model, data, recipe, out }))))
  const list = path.join(folder, 'nowhere.txt')
  const missing = train({ model, data: { ...clips, list }, recipe: QUICK, out })
  assert.ok(hasCode('ERR_FILE', list)(await rejection(missing)))
  const reason = new Error('enough')
  const aborted = train({ model, data, recipe: QUICK, out, signal: AbortSignal.abort(reason) })
  assert.is(await rejection(aborted), reason)
  assert.not(existsSync(path.join(out, 'adapter.safetensors')))
})

test('a run takes no more memory step by step', async () => {
  const levels: number[] = []
  const recipe = { ...QUICK, epochs: 2 }
  const onProgress = () => levels.push(device.memory().active)
  const { adapter } = await train({ model, data, recipe, descriptions: DESCRIPTIONS, onProgress })
  assert.is(new Set(levels).size, 1, levels.join(' '))
  adapter.dispose()
})

training.run()
