import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hintFrameCount } from '../../lib/video/containers/hint.js'
import { decodeFrames } from '../../lib/video/decode.js'
import { findFfmpeg, passthroughArguments } from '../../lib/video/ffmpeg.js'
import { probeVideo } from '../../lib/video/probe.js'
import { observe } from '../support/observe.js'
import {
  errorOf,
  makeFolder,
  makeNumbered,
  makeVideo,
  moveCoverFirst,
  numberedPicture,
  readNumbers,
  rotateQuarter,
} from './helpers.js'

const test = suite('video/decode')
const { folder, remove } = makeFolder()
test.after(remove)

const inFolder = (name: string) => path.join(folder, name)
const video = inFolder('numbered.mp4')
const all = (count: number) => Array.from({ length: count }, (_, i) => i)

test.before(async () => {
  await makeNumbered(video)
})

test('gives exactly the frames asked for, in that order, repeats and all', async () => {
  const indices = [39, 0, 7, 7, 20, 8, 9]
  const clip = await decodeFrames(video, () => indices)
  assert.is(clip.frameCount, 40)
  assert.equal([clip.width, clip.height], [32, 24])
  assert.is(clip.frames.length, indices.length * 32 * 24 * 3)
  assert.equal(clip.indices, indices)
  assert.equal(readNumbers(clip.frames, indices.length), indices)
})

for (const hint of [1, 39, 41, 1000]) {
  test(`a wrong guess of the frame count (${hint}) changes nothing`, async () => {
    const clip = await decodeFrames(video, (n) => [n - 1, Math.floor(n / 2)], { frameCountHint: hint })
    assert.is(clip.frameCount, 40)
    assert.equal(clip.indices, [39, 20])
    assert.equal(readNumbers(clip.frames, 2), [39, 20])
  })
}

for (const [name, ...encoding] of [
  ['n.avi', '-c:v', 'mpeg4', '-q:v', '1'],
  ['n.mkv', '-c:v', 'ffv1', '-pix_fmt', 'yuv420p10le'],
  ['n.mov', '-c:v', 'mpeg4', '-q:v', '1', '-bf', '2'],
  ['fragmented.mp4', '-c:v', 'mpeg4', '-q:v', '1', '-g', '8', '-movflags', 'frag_keyframe+empty_moov'],
] as const) {
  test(`the container's index of ${name} gives the frame count`, async () => {
    await makeNumbered(inFolder(name), 40, '32x24', ...encoding)
    assert.is(await hintFrameCount(inFolder(name)), 40)
    const clip = await decodeFrames(inFolder(name), () => [3, 38])
    assert.is(clip.frameCount, 40)
    assert.equal(readNumbers(clip.frames, 2), [3, 38])
  })
}

test('a stream without container works, without a guess', async () => {
  const raw = await makeNumbered(inFolder('raw.m4v'), 40, '32x24', '-c:v', 'mpeg4', '-q:v', '1', '-f', 'm4v')
  assert.is(await hintFrameCount(raw), undefined)
  const clip = await decodeFrames(raw, (n) => [n - 1])
  assert.is(clip.frameCount, 40)
  assert.equal(readNumbers(clip.frames, 1), [39])
})

test('frames are counted as decoded, whatever their timestamps', async () => {
  const late = inFolder('vfr.mkv')
  const source = `color=black:s=32x24:r=10:d=4,${numberedPicture},setpts='if(lt(N,20),N,N*7)/10/TB'`
  const { version } = await findFfmpeg()
  await makeVideo(late, source, '-c:v', 'ffv1', '-pix_fmt', 'yuv420p', ...passthroughArguments(version))
  const clip = await decodeFrames(late, all)
  assert.equal(readNumbers(clip.frames, 40), all(40))
})

test('names that look like options, protocols or patterns are only names', async () => {
  for (const name of ['-y.mp4', 'concat:a|b %03d.mp4', "quote's [x];y.mp4", 'ünï 字.mp4']) {
    copyFileSync(video, inFolder(name))
    assert.is((await decodeFrames(inFolder(name), () => [0])).frameCount, 40, name)
  }
})

test('rotation is applied', async () => {
  const turned = inFolder('turned.mp4')
  // Left half white, right half black; a quarter turn clockwise puts the white half on top.
  const source = "color=black:s=32x24:d=0.3:r=10,format=gray,geq=lum='if(lt(X,16),235,16)'"
  await makeVideo(turned, source, '-c:v', 'mpeg4', '-q:v', '1', '-pix_fmt', 'yuv420p')
  rotateQuarter(turned)
  const clip = await decodeFrames(turned, () => [1])
  assert.equal([clip.width, clip.height], [24, 32])
  assert.ok(clip.frames[0]! > 200)
  assert.ok(clip.frames[23 * 3]! > 200)
  assert.ok(clip.frames.at(-1)! < 50)
  const info = await probeVideo(turned)
  assert.equal([info.width, info.height, info.rotation, info.frameCount], [24, 32, 90, 3])
})

test('a picture size that changes on the way is brought to the first size, and the count stays exact', async () => {
  const parts = ['32x24', '64x48', '16x16'].map(async (size, i) => {
    const form = ['-c:v', 'mpeg4', '-q:v', '1', '-bf', '0', '-f', 'm4v']
    return readFileSync(await makeNumbered(inFolder(`part${i}.m4v`), 20, size, ...form))
  })
  const changing = inFolder('changing.m4v')
  writeFileSync(changing, Buffer.concat(await Promise.all(parts)))
  const clip = await decodeFrames(changing, all)
  assert.equal([clip.width, clip.height, clip.frameCount], [32, 24, 60])
  assert.equal(readNumbers(clip.frames, 60), [...all(20), ...all(20), ...all(20)])
  // Not the same number in every part: ffmpeg's own frame counter starts again with each of them.
  const some = await decodeFrames(changing, () => [7, 30, 52])
  assert.equal(readNumbers(some.frames, 3), [7, 10, 12])
  assert.is((await probeVideo(changing)).frameCount, 60)
})

test('cover art is not the video', async () => {
  const cover = await makeVideo(inFolder('cover.png'), 'color=red:s=200x100', '-frames:v', '1')
  const covered = inFolder('covered.mp4')
  const inputs = ['-nostdin', '-v', 'error', '-i', cover, '-i', video, '-map', '0', '-map', '1', '-c', 'copy']
  execFileSync((await findFfmpeg()).path, [...inputs, '-disposition:v:0', 'attached_pic', covered])
  moveCoverFirst(covered)
  assert.equal(readNumbers((await decodeFrames(covered, () => [5])).frames, 1), [5])
  assert.is((await probeVideo(covered)).codec, 'mpeg4')
})

for (const [name, format, codec] of [
  ['ten bits', 'yuv420p10le', 'ffv1'],
  ['grey', 'gray', 'ffv1'],
  ['alpha', 'yuva444p', 'ffv1'],
  ['RGB', 'bgra', 'ffv1'],
  ['full range', 'yuvj420p', 'mjpeg'],
] as const) {
  test(`the pixel format of ${name} becomes rgb24`, async () => {
    const file = inFolder(`${format}.mkv`)
    await makeVideo(
      file,
      'color=0xff0000:s=64x64:r=5:d=1,format=gbrp,scale=33:17',
      '-pix_fmt',
      format,
      '-c:v',
      codec,
      '-strict',
      '-2',
    )
    const { frames, width, height } = await decodeFrames(file, () => [4])
    assert.equal([width, height, frames.length], [33, 17, 33 * 17 * 3])
    const [r, g, b] = frames
    if (format === 'gray') assert.ok(r === g && g === b)
    else assert.ok(r! > 240 && g! < 15 && b! < 15, `${r} ${g} ${b}`)
    assert.is((await probeVideo(file)).pixelFormat, format)
  })
}

test('a broken tail yields the frames before it', async () => {
  const whole = await makeVideo(inFolder('whole.avi'), 'testsrc=s=64x48:r=10:d=4', '-c:v', 'mpeg4', '-g', '1')
  const bytes = readFileSync(whole)
  const cut = inFolder('cut.avi')
  writeFileSync(cut, bytes.subarray(0, Math.floor(bytes.length / 2)))
  const clip = await decodeFrames(cut, (n) => [n - 1])
  assert.ok(clip.frameCount > 5 && clip.frameCount < 35, String(clip.frameCount))
  observe('brokenVideos', `${clip.frameCount} of 40 frames of a video cut in half`)
})

test('probe tells what the file is', async () => {
  const info = await probeVideo(video)
  const expected = { width: 32, height: 24, rotation: 0, codec: 'mpeg4', pixelFormat: 'yuv420p' }
  assert.equal(info, { ...expected, fps: 10, durationSeconds: 4, frameCount: 40 })
})

test('errors are typed, name the file and say what to do', async () => {
  const empty = inFolder('empty.mp4')
  writeFileSync(empty, '')
  const junk = inFolder('junk.mp4')
  writeFileSync(junk, 'not a video '.repeat(500))
  const sound = await makeVideo(inFolder('sound.wav'), 'sine=d=1')
  const cases = [
    [inFolder('missing.mp4'), 'ERR_FILE', /does not exist/],
    [folder, 'ERR_FILE', /not a regular file/],
    [empty, 'ERR_VIDEO', /0 bytes/],
    [junk, 'ERR_VIDEO', /ffmpeg: /],
    [sound, 'ERR_VIDEO', /no video stream/],
  ] as const
  for (const [file, code, message] of cases) {
    for (const call of [() => decodeFrames(file, () => [0]), () => probeVideo(file)]) {
      const error = await errorOf(call)
      assert.is(error.code, code, error.message)
      assert.match(error.message, message)
      assert.ok(error.message.includes(file))
      assert.is(error.file, file)
      observe('brokenVideos', { [`refused with ${code}`]: 1 })
    }
  }
})

test('a picture or a call too large is refused instead of filling the memory', async () => {
  const small = await errorOf(() => decodeFrames(video, () => [0], { maxPixels: 100 }))
  assert.is(small.code, 'ERR_VIDEO')
  assert.match(small.message, /maxPixels/)
  const many = await errorOf(() => decodeFrames(video, all, { maxBytes: 40 * 32 * 24 * 3 - 1 }))
  assert.is(many.code, 'ERR_VIDEO')
  assert.match(many.message, /maxBytes/)
  observe('brokenVideos', `too large: ${[small, many].map(({ code }) => code).join(', ')}`)
  assert.is((await decodeFrames(video, all, { maxBytes: 40 * 32 * 24 * 3 })).frameCount, 40)
})

test('a selection that is no list of frames is refused', async () => {
  for (const wrong of [[40], [-1], [0.5], [Number.NaN], []]) {
    const error = await errorOf(() => decodeFrames(video, () => wrong))
    assert.is(error.code, 'ERR_ARGUMENT')
    assert.match(error.message, /40 frames/)
  }
  const thrown = new Error('mine')
  const fails = () => {
    throw thrown
  }
  assert.is(await errorOf(() => decodeFrames(video, fails)), thrown)
})

test('abort rejects with the reason', async () => {
  const reason = new Error('stop')
  assert.is(await errorOf(() => decodeFrames(video, all, { signal: AbortSignal.abort(reason) })), reason)
})

test.run()
