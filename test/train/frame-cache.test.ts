import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Dataset } from '../../lib/data/dataset.js'
import type { CacheFramesOptions } from '../../lib/data/frame-cache/plan.js'
import type { ViCLIP } from '../../lib/recognition/viclip.js'
import type { Recipe } from '../../lib/train/recipes.js'
import { type TrainProgress, type TrainResult, train } from '../../lib/train/train.js'
import { loadSmallViClip } from '../models/small-viclip.js'
import { hasCode, rejection } from '../support/errors.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'
import { bytesOf, datasetOf, makeClips, metricsOf, QUICK } from './run-folder.js'

const training = suite('train/frame-cache')
const test = noLeaks(training)
const { folder, remove } = makeFolder()
const VIDEOS = 8
let model: ViCLIP
let data: Dataset

training.before(async () => {
  const clips = await makeClips(folder)
  data = await datasetOf(clips, clips.train)
  model = await loadSmallViClip(folder)
  // Packs the frozen weights once, so that the levels of memory compare.
  await run('warm', { ...QUICK, epochs: 1 })
})
training.after(() => {
  model.dispose()
  remove()
})

const outOf = (name: string) => path.join(folder, name)

async function run(
  name: string,
  recipe: Recipe,
  cacheFrames?: CacheFramesOptions,
  options: { resume?: boolean; signal?: AbortSignal; onProgress?: (progress: TrainProgress) => void } = {},
): Promise<TrainResult> {
  const result = await train({ model, data, recipe, out: outOf(name), cacheFrames, ...options })
  result.adapter.dispose()
  return result
}

const assertSame = (one: string, other: string) => {
  assert.equal(metricsOf(outOf(one)), metricsOf(outOf(other)))
  assert.ok(bytesOf(outOf(one), 'adapter.safetensors').equals(bytesOf(outOf(other), 'adapter.safetensors')))
}

test('where everything is kept, a run has the same bits as without; another one only reads', async () => {
  const fixed: Recipe = { ...QUICK, augmentation: 'none' }
  for (const [i, recipe] of [QUICK, fixed].entries()) {
    const cache = { folder: outOf(`whole${i}`), shortSide: 32 }
    const plain = await run(`plain${i}`, recipe)
    assert.is(plain.frameCache, null)
    const first = await run(`first${i}`, recipe, cache)
    const second = await run(`second${i}`, recipe, cache)
    assertSame(`first${i}`, `plain${i}`)
    assertSame(`second${i}`, `plain${i}`)
    const { epochs } = recipe
    const counts = [first, second].map(({ frameCache }) => [frameCache!.hits, frameCache!.misses])
    assert.equal(counts, [
      [VIDEOS * (epochs - 1), VIDEOS],
      [VIDEOS * epochs, 0],
    ])
    assert.equal([first.frameCache!.written, second.frameCache!.written], [VIDEOS, 0])
  }
})

test('a resumed run has the numbers of a whole one; another choice of frames is refused', async () => {
  const settings = { frames: model.config.video.frames, shortSide: 16 }
  const kept = { folder: outOf('few'), ...settings }
  await run('whole', QUICK, kept)
  const controller = new AbortController()
  const reason = new Error('enough')
  const onProgress = ({ step }: TrainProgress) => {
    if (step === 4) controller.abort(reason)
  }
  const stopped = run(
    'resumed',
    QUICK,
    { ...kept, folder: outOf('others') },
    { signal: controller.signal, onProgress },
  )
  assert.is(await rejection(stopped), reason)
  for (const other of [undefined, { ...kept, shortSide: 17 }]) {
    const refused = await rejection(run('resumed', QUICK, other, { resume: true }))
    assert.ok(hasCode('ERR_CHECKPOINT', 'cached frames')(refused))
  }
  await run('resumed', QUICK, kept, { resume: true })
  assertSame('resumed', 'whole')
  assert.not(
    bytesOf(outOf('whole'), 'adapter.safetensors').equals(bytesOf(outOf('plain0'), 'adapter.safetensors')),
  )
})

test('every step tells how long it waited for its clips', async () => {
  const seen: TrainProgress[] = []
  const onProgress = (each: TrainProgress) => seen.push(each)
  await run('told', { ...QUICK, epochs: 1 }, undefined, { onProgress })
  assert.is(seen.length, 3)
  for (const { seconds, secondsWaiting } of seen)
    assert.ok(secondsWaiting >= 0 && secondsWaiting < seconds, `${secondsWaiting} of ${seconds}`)
  assert.ok(seen[0]!.secondsWaiting > 0)
})

training.run()
