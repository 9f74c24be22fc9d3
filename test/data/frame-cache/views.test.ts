/** Which frames a cache keeps, and that the clips of it are those that they should be. */
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shrinkPictures } from '../../../lib/data/frame-cache/shrink.js'
import type { LoaderClip, TestLoaderOptions, TrainLoaderOptions } from '../../../lib/data/loader.js'
import { Philox } from '../../../lib/data/random.js'
import { viewsToTensor } from '../../../lib/recognition/clips.js'
import { Device } from '../../../lib/runtime/device.js'
import { sampleTest } from '../../../lib/video/sampling.js'
import { resizeShortSide } from '../../../lib/video/transforms.js'
import { hasCode, rejection } from '../../support/errors.js'
import { makeFolder, makeNumbered, makeVideo, readNumbers } from '../../video/helpers.js'
import { resizeReference } from '../../video/resize-reference.js'
import { load } from './cached-clips.js'

const test = suite('data/frame-cache/views')
const { folder, remove } = makeFolder()
test.after(remove)

const COUNT = 7
const lengthOf = (i: number) => 20 + i
let videos: string[]

test.before(async () => {
  const names = Array.from({ length: COUNT }, (_, i) => path.join(folder, `${i}.mp4`))
  videos = await Promise.all(names.map((name, i) => makeNumbered(name, lengthOf(i))))
})

let caches = 0
const newCache = () => path.join(folder, `cache${caches++}`)
const stats = (hits: number, misses: number, written = misses) => ({ hits, misses, written })
const partOf = ({ hits, misses, written }: ReturnType<typeof stats>) => ({ hits, misses, written })

test('a video with no more frames than are kept, and not larger, gives the clips of before', async () => {
  for (const frames of [undefined, 'all', lengthOf(COUNT)] as const) {
    const cache = { folder: newCache(), frames, shortSide: 24 }
    for (const epoch of [0, 1, 2]) {
      const { clips } = await load(videos, undefined, {}, epoch)
      const cached = await load(videos, cache, {}, epoch)
      assert.equal(cached.clips, clips, `${frames}, epoch ${epoch}`)
      assert.equal(partOf(cached.stats!), epoch === 0 ? stats(0, COUNT) : stats(COUNT, 0))
    }
  }
})

test('of a longer one the kept frames are spread evenly; a clip draws among them and tells their numbers', async () => {
  const cache = { folder: newCache(), frames: 12 }
  const drawn = new Set<number>()
  for (let epoch = 0; epoch < 8; epoch++) {
    const { clips } = await load(videos, cache, {}, epoch)
    for (const { entry, indices, frames } of clips) {
      const kept = sampleTest(lengthOf(entry), 12)
      const positions = indices.map((index) => kept.indexOf(index))
      // One of each of four segments of three.
      assert.equal(
        positions.map((position) => Math.floor(position / 3)),
        [0, 1, 2, 3],
      )
      assert.equal(readNumbers(frames, 4), indices)
      if (entry === 0) for (const index of indices) drawn.add(index)
    }
  }
  assert.ok(drawn.size >= 9, `${drawn.size} of 12 frames were drawn in 8 epochs`)
})

test('clips are the same whether they were kept or not, in whatever order they came', async () => {
  const cache = () => ({ folder: newCache(), frames: 12, shortSide: 16 })
  const first = cache()
  const missed = await load(videos, first, { concurrency: 1 })
  assert.equal([missed.clips[0]!.width, missed.clips[0]!.height], [21, 16])
  const partly = cache()
  await load(videos.slice(2, 4), partly)
  const others = [
    await load(videos, first),
    await load(videos, partly, { decodeBatchSize: 1, prefetch: 2 }),
    await load(videos, cache(), { concurrency: 3, decodeBatchSize: 3 }),
    await load(videos, { ...cache(), keepFree: Number.MAX_SAFE_INTEGER, onWarning: () => {} }),
  ]
  for (const { clips } of others) assert.equal(clips, missed.clips)
  assert.equal(
    others.map((each) => partOf(each.stats!)),
    [stats(COUNT, 0), stats(2, COUNT - 2), stats(0, COUNT), stats(0, COUNT, 0)],
  )
})

test('an epoch continues, and what is skipped is not looked up', async () => {
  const cacheFrames = { folder: newCache(), frames: 8 }
  const whole = await load(videos, cacheFrames, {}, 3)
  const { loader } = await load(videos, cacheFrames, {}, 2)
  const skip = (entry: number) => entry === loader.order(3).at(-1)
  const rest: LoaderClip[] = []
  for await (const { clips } of loader.batches(3, { startBatch: 1, skip })) rest.push(...clips)
  assert.is(rest.length, COUNT - 3)
  assert.is(rest.pop()!.frames.length, 0)
  for (const clip of rest) assert.equal(clip, whole.clips[clip.entry])
  assert.equal(partOf(loader.cacheStats!), stats(COUNT + COUNT - 4, 0))
})

const device = Device.get('cpu')
async function viewsOf(clips: readonly LoaderClip[]): Promise<Buffer> {
  const parts: Buffer[] = []
  for (const clip of clips) {
    const tensor = await viewsToTensor(device, [clip])
    parts.push(Buffer.from(await tensor.rawData()))
    tensor.dispose()
  }
  return Buffer.concat(parts)
}

test('what a test computes is the same to the bit, also of videos that are shrunk', async () => {
  const sizes = ['96x60', '60x96', '41x37', '36x200', '210x38', '30x20', '38x38', '131x87']
  const larger = await Promise.all(
    sizes.map((size) => makeVideo(path.join(folder, `${size}.mp4`), `testsrc2=s=${size}:r=10:d=2.3`)),
  )
  const cacheFrames = { folder: newCache(), shortSide: 16, frames: 4 }
  type Views = Partial<Pick<TestLoaderOptions, 'views' | 'frames'> & Pick<TrainLoaderOptions, 'preset'>>
  const cases: (Views & { mode: 'test' | 'train' })[] = [
    { mode: 'test' },
    { mode: 'test', views: { clips: 3, crops: 3 } },
    { mode: 'test', views: { clips: 2, crops: 1 }, frames: 8 },
    { mode: 'train', preset: 'none' },
  ]
  for (const options of cases) {
    const plain = await load(larger, undefined, options)
    const expected = await viewsOf(plain.clips)
    for (const hits of [0, larger.length]) {
      const cached = await load(larger, cacheFrames, options, 0)
      // Training without augmentation has the view of a test of one clip: it finds what that one kept.
      if (options.preset !== 'none') assert.is(cached.stats!.hits, hits, JSON.stringify(options))
      assert.equal(
        cached.clips.map(({ indices }) => indices),
        plain.clips.map(({ indices }) => indices),
      )
      assert.ok((await viewsOf(cached.clips)).equals(expected), JSON.stringify(options))
      const short = options.views?.crops === 3 ? 32 : 37
      assert.ok(cached.clips.every(({ width, height }) => Math.min(width, height) <= short))
      assert.ok(cached.clips.some(({ width, height }) => Math.min(width, height) === short))
    }
  }
  assert.is((await load(larger, cacheFrames, { mode: 'train', preset: 'none' }, 5)).stats!.hits, sizes.length)
})

test('shrinking is the resize of OpenCV, whatever the shape, and never enlarges', async () => {
  const random = new Philox(5)
  const shapes = [
    { width: 40, height: 30, short: 20, count: 3 },
    { width: 30, height: 41, short: 7, count: 1 },
    { width: 97, height: 20, short: 19, count: 2 },
    { width: 21, height: 90, short: 20, count: 19 },
    { width: 33, height: 33, short: 32, count: 9 },
  ]
  for (const { width, height, short, count } of shapes) {
    const frameBytes = width * height * 3
    const frames = Uint8Array.from({ length: count * frameBytes }, () => random.int(256))
    const resize = resizeShortSide(width, height, short)
    const whole = { x: 0, y: 0, width, height }
    const transform = { crop: whole, resize, offset: { x: 0, y: 0 }, size: resize, flip: false, gray: false }
    const shrunk = await shrinkPictures({ frames, width, height }, short)
    assert.equal([shrunk.width, shrunk.height], [resize.width, resize.height])
    const expected = Array.from({ length: count }, (_, i) =>
      resizeReference(frames.subarray(i * frameBytes, (i + 1) * frameBytes), height, width, transform),
    )
    assert.ok(Buffer.concat(expected).equals(shrunk.frames), `${width}x${height} to ${short}`)
    const pictures = { frames, width, height }
    assert.is(await shrinkPictures(pictures, Math.min(width, height)), pictures)
    const reason = new Error('enough')
    assert.is(await rejection(shrinkPictures(pictures, short, AbortSignal.abort(reason))), reason)
  }
})

test('wrong options are refused', async () => {
  const wrong = [{ frames: 3 }, { frames: 4.5 }, { frames: 0 }, { shortSide: 0 }, { folder: '' }] as const
  for (const options of wrong) {
    const attempt = load(videos, { folder: newCache(), ...options })
    assert.ok(hasCode('ERR_ARGUMENT', 'cacheFrames')(await rejection(attempt)), JSON.stringify(options))
  }
})

test.run()
