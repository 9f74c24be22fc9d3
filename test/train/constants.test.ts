/** What never changes in a training run is computed once (SPEC section 8), and the numbers are the same. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Dataset } from '../../lib/data/dataset.js'
import type { ViCLIP } from '../../lib/recognition/viclip.js'
import type { Recipe } from '../../lib/train/recipes.js'
import { type TrainOptions, train } from '../../lib/train/train.js'
import { loadSmallViClip } from '../models/small-viclip.js'
import { hasCode, rejection } from '../support/errors.js'
import { countOf, type Launch, launchesOf } from '../support/launches.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'
import { datasetOf, makeClips, QUICK } from './run-folder.js'

const constants = suite('train: constants of a run')
const test = noLeaks(constants)
const { folder, remove } = makeFolder()
const FIXED: Recipe = { ...QUICK, augmentation: 'none', adapter: { ...QUICK.adapter, layers: [2, 2] } }
const CLIPS = 8
let model: ViCLIP
let data: Dataset

constants.before(async () => {
  const clips = await makeClips(folder)
  data = await datasetOf(clips, clips.train)
  model = await loadSmallViClip(folder)
  // Packs the frozen weights once, so that the levels of memory compare.
  await run({ ...FIXED, epochs: 1 })
})
constants.after(() => {
  model.dispose()
  remove()
})

interface Run {
  losses: number[]
  adapter: Awaited<ReturnType<ViCLIP['model']['parameters']['values']>>
  launches: Launch[]
  counts: Record<string, number>
}

async function run(recipe: Recipe, options: Partial<TrainOptions> = {}): Promise<Run> {
  let result: Awaited<ReturnType<typeof train>> | undefined
  const launches = await launchesOf(model.model.device, async () => {
    result = await train({ model, data, recipe, ...options })
  })
  const { adapter, losses } = result!
  const values = await adapter.parameters.values()
  adapter.dispose()
  return { losses, adapter: values, launches, counts: countOf(launches) }
}

test('texts are embedded once: the prompts, and the descriptions of either kind', async () => {
  const descriptions = { spatial: [['a disc', 'a dot'], ['a ring']], temporal: [['left'], ['it grows']] }
  for (const epochs of [1, 3]) {
    const { counts } = await run({ ...FIXED, lambda: 1, epochs }, { descriptions })
    assert.is(counts.token_embed_forward, 3)
  }
})

/** Of one clip's tokens at the input of the first adapted block. */
const CLIP_BYTES = 17 * 32 * 4
const MEGABYTE = 2 ** 20

test('videos kept in memory give the bits of videos computed every time', async () => {
  const plain = await run(FIXED)
  assert.is(plain.counts.patch_embed_forward, 9)
  for (const [room, embedded] of [
    [CLIPS, CLIPS],
    // Three of the eight find room; the others are computed in each of three epochs.
    [3, 3 + 5 * 3],
    [3.9, 3 + 5 * 3],
    [0, 8 * 3],
  ] as const) {
    const kept = await run(FIXED, { cacheVideoPrefix: (room * CLIP_BYTES) / MEGABYTE })
    assert.equal(kept.losses, plain.losses, `room for ${room}`)
    assert.equal(kept.adapter, plain.adapter, `room for ${room}`)
    assert.is(kept.counts.patch_embed_forward, embedded, `room for ${room}`)
    // Frames of what is kept are not even decoded.
    assert.is(kept.counts.video_transform, embedded, `room for ${room}`)
  }
})

test('with the first block adapted only the embedding is kept, with no video adapter all of it', async () => {
  for (const adapter of [
    { layers: [1, 2] as const, temporal: 'depthwise' as const },
    { layers: [1, 2] as const, video: false },
  ]) {
    const recipe: Recipe = { ...FIXED, epochs: 2, adapter: { ...QUICK.adapter, ...adapter } }
    const plain = await run(recipe)
    const kept = await run(recipe, { cacheVideoPrefix: 1 })
    assert.equal([kept.losses, kept.adapter], [plain.losses, plain.adapter])
    assert.is(kept.counts.patch_embed_forward, CLIPS)
  }
})

test('only views that never change can be kept', async () => {
  for (const augmentation of ['paper', 'vifi'] as const) {
    const changing = train({ model, data, recipe: { ...FIXED, augmentation }, cacheVideoPrefix: 1 })
    const named = hasCode('ERR_ARGUMENT', 'cacheVideoPrefix', augmentation, 'augmentation=none')
    assert.ok(named(await rejection(changing)), augmentation)
  }
  for (const cacheVideoPrefix of [-1, Number.NaN]) {
    const error = await rejection(train({ model, data, recipe: FIXED, cacheVideoPrefix }))
    assert.ok(hasCode('ERR_ARGUMENT', 'cacheVideoPrefix', String(cacheVideoPrefix))(error))
  }
})

constants.run()
