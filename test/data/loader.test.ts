import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Dataset } from '../../lib/data/dataset.js'
import { Loader, type LoaderBatch, type LoaderOptions } from '../../lib/data/loader.js'
import { errorOf, makeFolder, makeNumbered, readNumbers } from '../video/helpers.js'

const test = suite('data/loader')
const { folder, remove } = makeFolder()
test.after(remove)

const COUNT = 10
let dataset: Dataset

function datasetOf(names: readonly string[]): Dataset {
  const entries = names.map((name, i) => ({
    file: path.join(folder, name),
    path: name,
    label: i % 3,
    line: i + 1,
  }))
  const labels = { names: ['a', 'b', 'c'], file: null, sha256: null }
  return { root: folder, entries, labels, list: { file: 'list.txt', sha256: '' }, missing: [] }
}

test.before(async () => {
  const names = Array.from({ length: COUNT }, (_, i) => `${i}.mp4`)
  await Promise.all(names.map((name, i) => makeNumbered(path.join(folder, name), 20 + i)))
  writeFileSync(path.join(folder, 'junk.mp4'), 'junk '.repeat(99))
  dataset = datasetOf(names)
})

async function collect(loader: Loader, epoch: number, startBatch = 0): Promise<LoaderBatch[]> {
  const batches: LoaderBatch[] = []
  for await (const batch of loader.batches(epoch, { startBatch })) batches.push(batch)
  return batches
}

const train = (changes: Partial<LoaderOptions> = {}) =>
  new Loader(dataset, { mode: 'train', seed: 7, batchSize: 4, size: 32, ...changes } as LoaderOptions)

test('evaluation: list order, nothing left out, the frames of the specification', async () => {
  const loader = new Loader(dataset, { mode: 'test', batchSize: 4, size: 32, frames: 4 })
  const batches = await collect(loader, 0)
  assert.is(loader.batchCount, 3)
  assert.equal(
    batches.map(({ clips }) => clips.length),
    [4, 4, 2],
  )
  const clips = batches.flatMap((batch) => batch.clips)
  assert.equal(
    clips.map((clip) => [clip.path, clip.label]),
    dataset.entries.map((entry) => [entry.path, entry.label]),
  )
  assert.equal(clips[0]!.indices, [2, 7, 12, 17])
  assert.equal(readNumbers(clips[0]!.frames, 4), [2, 7, 12, 17])
  assert.is(clips[0]!.transforms.length, 1)
})

test('evaluation views: one clip a temporal view, one transform a crop', async () => {
  const options = { mode: 'test', batchSize: 3, size: 32, frames: 4, views: { clips: 3, crops: 3 } } as const
  const [batch] = await collect(new Loader(dataset, options), 0)
  assert.equal(
    batch!.clips.map((clip) => `${clip.entry}.${clip.view}`),
    ['0.0', '0.1', '0.2', '1.0', '1.1', '1.2', '2.0', '2.1', '2.2'],
  )
  for (const clip of batch!.clips) {
    assert.is(clip.transforms.length, 3)
    assert.equal(readNumbers(clip.frames, 4), clip.indices)
  }
  assert.equal(batch!.clips[2]!.indices, [4, 9, 14, 19])
})

test('training batches are a function of seed and epoch, whatever the concurrency and the past', async () => {
  const first = await collect(train({ concurrency: 1, decodeBatchSize: 1 }), 3)
  const loader = train({ concurrency: 3, decodeBatchSize: 4 })
  const other = await collect(loader, 2)
  assert.equal(await collect(loader, 3), first)
  const order = (batches: LoaderBatch[]) => batches.flatMap(({ clips }) => clips.map(({ entry }) => entry))
  assert.is.not(order(other).join(), order(first).join())
  const indices = (batches: LoaderBatch[]) =>
    batches.flatMap(({ clips }) => clips.map((clip) => clip.indices.join()))
  assert.is.not(indices(other).sort().join(';'), indices(first).sort().join(';'))
  assert.is.not(order(await collect(train({ seed: 8 }), 3)).join(), order(first).join())
  assert.equal(
    [...order(first)].sort((a, b) => a - b),
    dataset.entries.map((_, i) => i),
  )
  for (const clip of first[0]!.clips) assert.equal(readNumbers(clip.frames, 8), clip.indices)
})

test('an epoch continues at any batch', async () => {
  const whole = await collect(train(), 1)
  assert.equal(await collect(train(), 1, 1), whole.slice(1))
  assert.equal(await collect(train(), 1, 3), [])
})

test('without augmentation every epoch has the views of a test, in its own order', async () => {
  const fixed = await Promise.all(
    [0, 1].map((epoch) => collect(train({ preset: 'none', frames: 4 } as Partial<LoaderOptions>), epoch)),
  )
  const [first, second] = fixed.map((batches) => batches.flatMap(({ clips }) => clips))
  assert.is.not(first!.map(({ entry }) => entry).join(), second!.map(({ entry }) => entry).join())
  const test = await collect(new Loader(dataset, { mode: 'test', batchSize: 4, size: 32, frames: 4 }), 0)
  const views = test.flatMap(({ clips }) => clips)
  for (const clips of [first!, second!])
    assert.equal(
      [...clips].sort((a, b) => a.entry - b.entry),
      views,
    )
})

test('what is skipped keeps its place and has no frames; the others are the same', async () => {
  const whole = await collect(train(), 1)
  const skip = (entry: number) => entry % 3 !== 1
  const batches: LoaderBatch[] = []
  for await (const batch of train().batches(1, { skip, startBatch: 1 })) batches.push(batch)
  const none = { frames: new Uint8Array(), height: 0, width: 0, transforms: [], indices: [] }
  const expected = whole.slice(1).map((batch) => ({
    ...batch,
    clips: batch.clips.map((clip) => (skip(clip.entry) ? { ...clip, ...none } : clip)),
  }))
  assert.equal(batches, expected)
  const all: LoaderBatch[] = []
  for await (const batch of train().batches(1, { skip: () => true })) all.push(batch)
  assert.equal(
    all.map(({ clips }) => clips.map(({ entry, frames }) => [entry, frames.length])),
    whole.map(({ clips }) => clips.map(({ entry }) => [entry, 0])),
  )
})

test('the last batch is kept, or dropped on request', async () => {
  assert.equal([train().batchCount, train({ dropLast: true } as Partial<LoaderOptions>).batchCount], [3, 2])
  assert.is((await collect(train({ dropLast: true } as Partial<LoaderOptions>), 0)).length, 2)
})

test('a bad video is reported and moves nobody', async () => {
  const names = dataset.entries.map((entry) => entry.path)
  names[5] = 'junk.mp4'
  const broken = datasetOf(names)
  const options = { mode: 'train', seed: 7, batchSize: 4, size: 32 } as const
  const batches = await collect(new Loader(broken, options), 3)
  const whole = await collect(train(), 3)
  const failures = batches.flatMap((batch) => batch.failures)
  assert.equal(
    failures.map(({ path: name, error }) => [name, (error as { code?: string }).code]),
    [['junk.mp4', 'ERR_VIDEO']],
  )
  assert.equal(
    batches.map(({ clips }) => clips),
    whole.map(({ clips }) => clips.filter(({ entry }) => entry !== 5)),
  )
  const strict = await errorOf(() => collect(new Loader(broken, { ...options, badVideos: 'fail' }), 3))
  assert.is(strict.code, 'ERR_VIDEO')
  assert.ok(strict.file?.endsWith('junk.mp4'))
})

test('too many bad videos end the run and are named', async () => {
  const names = dataset.entries.map((entry) => entry.path)
  names[1] = 'junk.mp4'
  names[2] = 'gone.mp4'
  const options = { mode: 'test', batchSize: 4, size: 32 } as const
  const error = await errorOf(() => collect(new Loader(datasetOf(names), options), 0))
  assert.is(error.code, 'ERR_VIDEO')
  assert.match(error.message, /2 of 10 videos.*5 %.*junk\.mp4, gone\.mp4/)
  const lenient = await collect(new Loader(datasetOf(names), { ...options, maxFailureShare: 0.2 }), 0)
  assert.is(lenient.flatMap(({ clips }) => clips).length, 8)
  assert.is((await errorOf(() => collect(new Loader(datasetOf(['junk.mp4']), options), 0))).code, 'ERR_VIDEO')
})

test('abort rejects with the reason', async () => {
  const reason = new Error('stop')
  const controller = new AbortController()
  const error = await errorOf(async () => {
    for await (const _ of train({ prefetch: 4 }).batches(0, { signal: controller.signal }))
      controller.abort(reason)
  })
  assert.is(error, reason)
})

test('wrong options are refused', async () => {
  assert.is((await errorOf(() => train({ batchSize: 0 }))).code, 'ERR_ARGUMENT')
  assert.is((await errorOf(() => collect(train(), -1))).code, 'ERR_ARGUMENT')
})

test.run()
