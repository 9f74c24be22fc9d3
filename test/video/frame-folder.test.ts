import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeFrames } from '../../lib/video/decode.js'
import { decodeMany } from '../../lib/video/decode-many.js'
import { probeVideo } from '../../lib/video/probe.js'
import { errorOf, makeFolder, makeNumbered, readNumbers } from './helpers.js'

const test = suite('video/frame-folder')
const { folder, remove } = makeFolder()
test.after(remove)

const COUNT = 12

/** A folder of numbered pictures; `%d` gives names whose order is not that of their letters. */
async function makePictures(name: string, pattern: string): Promise<string> {
  const target = path.join(folder, name)
  mkdirSync(target)
  const quality = pattern.endsWith('.jpg') ? ['-q:v', '1', '-pix_fmt', 'yuvj420p'] : []
  await makeNumbered(path.join(target, pattern), COUNT, '32x24', '-f', 'image2', ...quality)
  return target
}

for (const pattern of ['img_%05d.jpg', 'img_%d.png']) {
  test(`${pattern}: pictures are frames, in the order of their numbers`, async () => {
    const pictures = await makePictures(path.parse(pattern).ext, pattern)
    writeFileSync(path.join(pictures, 'notes.txt'), 'no picture')
    writeFileSync(path.join(pictures, '._img_1.jpg'), 'no picture')
    const all = await decodeFrames(pictures, (count) => Array.from({ length: count }, (_, i) => i))
    assert.equal([all.frameCount, all.width, all.height], [COUNT, 32, 24])
    assert.equal(
      readNumbers(all.frames, COUNT),
      Array.from({ length: COUNT }, (_, i) => i),
    )
    const some = await decodeFrames(pictures, (count) => [count - 1, 2, 2])
    assert.equal(readNumbers(some.frames, 3), [COUNT - 1, 2, 2])
    const { width, height, frameCount, codec, fps, durationSeconds } = await probeVideo(pictures)
    assert.equal([width, height, frameCount, fps, durationSeconds], [32, 24, COUNT, null, null])
    assert.is(codec, pattern.endsWith('.jpg') ? 'mjpeg' : 'png')
  })
}

test('a picture that is none is named; it harms no other frame', async () => {
  const pictures = await makePictures('broken', 'img_%d.png')
  const broken = path.join(pictures, 'img_7.png')
  for (const content of ['not a picture', '']) {
    writeFileSync(broken, content)
    for (const call of [() => probeVideo(pictures), () => decodeFrames(pictures, () => [0, 6, 11])]) {
      const error = await errorOf(call)
      assert.equal([error.code, error.file], ['ERR_VIDEO', pictures])
      assert.ok(error.message.startsWith(`${broken} cannot be decoded`), error.message)
    }
    assert.equal(readNumbers((await decodeFrames(pictures, () => [5, 7])).frames, 2), [5, 7])
  }
})

test('folders without pictures, or of two kinds, are errors', async () => {
  const empty = path.join(folder, 'empty')
  mkdirSync(empty)
  assert.is((await errorOf(() => decodeFrames(empty, () => [0]))).code, 'ERR_FILE')
  await makePictures('empty/frames', 'img_%d.png')
  copyFileSync(path.join(empty, 'frames/img_1.png'), path.join(empty, 'cover.png'))
  assert.is((await errorOf(() => probeVideo(empty))).code, 'ERR_FILE')
  const mixed = await makePictures('mixed', 'img_%d.png')
  writeFileSync(path.join(mixed, 'thumbnail.JPG'), 'x')
  const error = await errorOf(() => decodeFrames(mixed, () => [0]))
  assert.equal([error.code, error.file], ['ERR_VIDEO', mixed])
  rmSync(path.join(mixed, 'thumbnail.JPG'))
  assert.is((await errorOf(() => decodeFrames(mixed, () => [COUNT]))).code, 'ERR_ARGUMENT')
})

test('folders and files are decoded side by side', async () => {
  const pictures = await makePictures('many', 'img_%d.png')
  const video = await makeNumbered(path.join(folder, 'v.mp4'), 20)
  const copy = path.join(folder, 'copy.mp4')
  copyFileSync(video, copy)
  const jobs = [video, pictures, copy].map((file) => ({ path: file, select: (n: number) => [n - 1, 0] }))
  const numbers: unknown[] = []
  for await (const result of decodeMany(jobs))
    numbers.push(result.ok ? readNumbers(result.clip.frames, 2) : result.error)
  assert.equal(numbers, [
    [19, 0],
    [11, 0],
    [19, 0],
  ])
})

test('limits and aborts hold for folders', async () => {
  const pictures = await makePictures('limits', 'img_%d.png')
  const all = (count: number) => Array.from({ length: count }, (_, i) => i)
  assert.is((await errorOf(() => decodeFrames(pictures, all, { maxBytes: 1000 }))).code, 'ERR_VIDEO')
  const reason = new Error('stop')
  assert.is(await errorOf(() => probeVideo(pictures, { signal: AbortSignal.abort(reason) })), reason)
  const stop = new AbortController()
  const running = decodeFrames(pictures, all, { signal: stop.signal })
  stop.abort(reason)
  assert.is(await errorOf(() => running), reason)
})

test.run()
