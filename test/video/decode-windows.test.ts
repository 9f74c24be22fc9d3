import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type DecodedWindow, decodeWindows } from '../../lib/video/decode-windows.js'
import { findFfmpeg, passthroughArguments } from '../../lib/video/ffmpeg.js'
import { readFrameTimes } from '../../lib/video/frame-times.js'
import { PictureStream } from '../../lib/video/picture-stream.js'
import { sampleTest } from '../../lib/video/sampling.js'
import { errorOf, makeFolder, makeNumbered, makeVideo, numberedPicture, readNumbers } from './helpers.js'

const test = suite('video/decode-windows')
const { folder, remove } = makeFolder()
const inFolder = (name: string) => path.join(folder, name)
const video = inFolder('numbered.mp4')
const varying = inFolder('varying.mkv')

test.before(async () => {
  await makeNumbered(video)
  // 10 frames a second for two seconds, then a frame every 0.7 s.
  const source = `color=black:s=32x24:r=10:d=4,${numberedPicture},setpts='(if(lt(N,20),N,20+(N-20)*7)+0.01)/10/TB'`
  const passthrough = passthroughArguments((await findFfmpeg()).version)
  await makeVideo(varying, source, '-c:v', 'ffv1', '-pix_fmt', 'yuv420p', ...passthrough)
})
test.after(remove)

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list = []
  for await (const item of items) list.push(item)
  return list
}

const numbersOf = ({ frames, indices }: DecodedWindow) => readNumbers(frames, indices.length)

test('the frames of every window are those of its test view', async () => {
  const windows = await all(decodeWindows(video, { windowSeconds: 1, strideSeconds: 0.5 }, 4))
  assert.equal(
    windows.map(({ start, end, frameCount }) => [start, end, frameCount]),
    [0, 0.5, 1, 1.5, 2, 2.5, 3].map((start) => [start, start + 1, 10]),
  )
  for (const [k, window] of windows.entries()) {
    assert.equal([window.width, window.height], [32, 24])
    assert.equal(window.indices, sampleTest(10, 4))
    assert.equal(
      numbersOf(window),
      sampleTest(10, 4).map((index) => 5 * k + index),
    )
  }
})

test('times are those of the video where its frame rate varies', async () => {
  const times = (await all(readFrameTimes(varying, {}))).map(({ start }) => start / 1e6)
  assert.is(times.length, 40)
  for (const [i, time] of times.entries())
    assert.ok(Math.abs(time - (i < 20 ? i / 10 : 2 + (i - 20) * 0.7)) < 0.0011, `frame ${i} at ${time} s`)
  const windows = await all(decodeWindows(varying, { windowSeconds: 2 }, 3))
  for (const { start, end, ...window } of windows.slice(0, -1)) {
    const inside = times.flatMap((time, i) => (time >= start && time < end ? [i] : []))
    assert.equal(
      numbersOf({ start, end, ...window }),
      sampleTest(inside.length, 3).map((index) => inside[index]!),
    )
  }
  assert.equal([windows[0]!.frameCount, windows[1]!.frameCount], [20, 3])
  assert.is(numbersOf(windows.at(-1)!).at(-1), 39)
})

test('memory holds the frames taken of a window and those that overlap it, however long the video is', async () => {
  const long = await makeNumbered(inFolder('long.mp4'), 600)
  for (const [strideSeconds, overlapping] of [
    [2, 1],
    [1, 2],
    [0.5, 4],
  ] as const) {
    const windows = await all(decodeWindows(long, { windowSeconds: 2, strideSeconds }, 4))
    assert.is(windows.length, 58 / strideSeconds + 1)
    const most = Math.max(...windows.map(({ keptFrames }) => keptFrames))
    assert.ok(most >= 4 && most <= 4 * overlapping, `${most} frames with a stride of ${strideSeconds}`)
  }
})

test('frames that nobody wants are passed over, and take no memory', async () => {
  const pictures = new PictureStream(video, {})
  for (let i = 0; i < 40; i++) {
    const picture = await pictures.next(i % 3 === 0)
    if (i % 3 !== 0) assert.is(picture, null)
    else assert.equal(readNumbers(picture as Uint8Array, 1), [i])
  }
  assert.is(await pictures.next(true), 'end')
  await pictures.close()
})

test('a picture size that changes on the way is brought to the first size', async () => {
  const parts = ['32x24', '64x48'].map(async (size, i) => {
    const form = ['-c:v', 'mpeg4', '-q:v', '1', '-bf', '0', '-f', 'm4v']
    return readFileSync(await makeNumbered(inFolder(`part${i}.m4v`), 20, size, ...form))
  })
  const changing = inFolder('changing.m4v')
  writeFileSync(changing, Buffer.concat(await Promise.all(parts)))
  const windows = await all(decodeWindows(changing, { windowSeconds: 1e6 }, 40))
  assert.equal(
    windows.map(({ width, height, frameCount }) => [width, height, frameCount]),
    [[32, 24, 40]],
  )
  const counting = Array.from({ length: 20 }, (_, i) => i)
  assert.equal(numbersOf(windows[0]!), [...counting, ...counting])
})

test('a broken tail yields the windows before it', async () => {
  const whole = await makeVideo(inFolder('whole.avi'), 'testsrc=s=64x48:r=10:d=4', '-c:v', 'mpeg4', '-g', '1')
  const cut = inFolder('cut.avi')
  const bytes = readFileSync(whole)
  writeFileSync(cut, bytes.subarray(0, Math.floor(bytes.length / 2)))
  const windows = await all(decodeWindows(cut, { windowSeconds: 0.5 }, 2))
  assert.ok(windows.length > 1 && windows.length < 7, `${windows.length} windows`)
})

test('errors are typed, name the file and say what to do', async () => {
  const empty = inFolder('empty.mp4')
  writeFileSync(empty, '')
  const junk = inFolder('junk.mp4')
  writeFileSync(junk, 'not a video '.repeat(500))
  const sound = await makeVideo(inFolder('sound.wav'), 'sine=d=1')
  const blank = inFolder('blank.avi')
  const bytes = readFileSync(await makeVideo(blank, 'testsrc=s=64x48:r=10:d=1', '-c:v', 'mpeg4'))
  writeFileSync(blank, bytes.fill(0, bytes.indexOf('movi') + 4, bytes.lastIndexOf('idx1')))
  for (const [file, code, message] of [
    [blank, 'ERR_VIDEO', /ffmpeg: /],
    [inFolder('missing.mp4'), 'ERR_FILE', /does not exist/],
    [empty, 'ERR_VIDEO', /0 bytes/],
    [junk, 'ERR_VIDEO', /ffmpeg: /],
    [sound, 'ERR_VIDEO', /no video stream/],
  ] as const) {
    const error = await errorOf(() => all(decodeWindows(file, { windowSeconds: 1 }, 4)))
    assert.equal([error.code, error.file], [code, file], error.message)
    assert.match(error.message, message)
  }
  const many = await errorOf(() =>
    all(decodeWindows(video, { windowSeconds: 1 }, 4, { maxBytes: 4 * 32 * 24 * 3 - 1 })),
  )
  assert.is(many.code, 'ERR_VIDEO')
  assert.match(many.message, /maxBytes/)
})

test('an abort rejects with its reason, at the start and on the way', async () => {
  const reason = new Error('stop')
  const windows = { windowSeconds: 0.5, strideSeconds: 0.1 }
  const before = decodeWindows(video, windows, 4, { signal: AbortSignal.abort(reason) })
  assert.is(await errorOf(() => all(before)), reason)
  const controller = new AbortController()
  let seen = 0
  const part = async () => {
    for await (const _ of decodeWindows(video, windows, 4, { signal: controller.signal }))
      if (++seen === 3) controller.abort(reason)
  }
  assert.is(await errorOf(part), reason)
  assert.is(seen, 3)
})

test('leaving the loop early ends ffmpeg', async () => {
  const endless = inFolder('endless.mp4')
  await makeVideo(endless, 'testsrc=s=320x240:r=30:d=60', '-c:v', 'mpeg4', '-g', '1')
  for await (const { start } of decodeWindows(endless, { windowSeconds: 1 }, 4)) {
    assert.is(start, 0)
    break
  }
  const running = () => process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length
  for (let i = 0; i < 500 && running() > 0; i++) await wait(20)
  assert.is(running(), 0)
})

test.run()
