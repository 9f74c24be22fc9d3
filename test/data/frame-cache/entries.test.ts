/** Entries of a cache that are damaged, gone, outdated, being written or impossible to write. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { FrameCacheStats } from '../../../lib/data/frame-cache/frame-cache.js'
import { Loader } from '../../../lib/data/loader.js'
import { readAll } from '../../../lib/formats/safetensors.js'
import { tarOf } from '../../support/tar.js'
import { errorOf, makeFolder, makeNumbered, makeVideo, readNumbers } from '../../video/helpers.js'
import { datasetOf, filesOf, load } from './cached-clips.js'

const test = suite('data/frame-cache/entries')
const { folder, remove } = makeFolder()
test.after(remove)

const COUNT = 6
const lengthOf = (i: number) => 20 + i
let videos: string[]

test.before(async () => {
  const names = Array.from({ length: COUNT }, (_, i) => path.join(folder, `${i}.mp4`))
  videos = await Promise.all(names.map((name, i) => makeNumbered(name, lengthOf(i))))
})

let caches = 0
const newCache = () => path.join(folder, `cache${caches++}`)
const FIXED = { mode: 'test' } as const
const counts = ({ hits, misses, written }: FrameCacheStats) => ({ hits, misses, written })

test('an entry is a safetensors file of the frames, and is found by copies of the video', async () => {
  const cache = newCache()
  await load([videos[0]!], { folder: cache })
  const [entry, ...others] = filesOf(cache)
  assert.equal(others, [])
  const { metadata, tensors } = await readAll(entry!)
  const frames = tensors.get('frames')!
  assert.equal([frames.dtype, frames.shape], ['U8', [lengthOf(0), 24, 32, 3]])
  const numbers = Array.from({ length: lengthOf(0) }, (_, i) => i)
  assert.equal(readNumbers(frames.data as Uint8Array, lengthOf(0)), numbers)
  assert.equal(JSON.parse(metadata.description!).indices, numbers)
  const copy = path.join(folder, 'copy.mp4')
  copyFileSync(videos[0]!, copy)
  assert.is((await load([copy], { folder: cache })).stats!.hits, 1)
})

test('damage of any kind is a miss, and mended', async () => {
  const cache = newCache()
  const whole = await load(videos, { folder: cache }, FIXED)
  const entries = filesOf(cache)
  const bytes = entries.map((file) => readFileSync(file))
  const flip = (file: string, at: (all: Buffer) => number) => {
    const all = readFileSync(file)
    all[at(all)]! ^= 1
    writeFileSync(file, all)
  }
  const damages: ((file: string) => void)[] = [
    (file) => truncateSync(file, statSync(file).size - 1),
    (file) => truncateSync(file),
    (file) => appendFileSync(file, 'more'),
    (file) => flip(file, (all) => all.length - 5),
    (file) => flip(file, (all) => all.indexOf('frameCount') + 14),
    (file) => flip(file, (all) => all.indexOf('indices') + 12),
    (file) => flip(file, () => 0),
    (file) => flip(file, () => 7),
    (file) => writeFileSync(file, bytes[(entries.indexOf(file) + 1) % COUNT]!),
    (file) => rmSync(file),
  ]
  for (const [i, damage] of damages.entries()) {
    damage(entries[i % COUNT]!)
    const again = await load(videos, { folder: cache }, FIXED)
    assert.equal(again.clips, whole.clips, `damage ${i}`)
    assert.equal(counts(again.stats!), { hits: COUNT - 1, misses: 1, written: 1 }, `damage ${i}`)
    assert.ok(
      entries.every((file, at) => readFileSync(file).equals(bytes[at]!)),
      `damage ${i}`,
    )
  }
})

test('damage of frames that nobody asks for is not looked at', async () => {
  const cache = newCache()
  const { clips } = await load(videos, { folder: cache })
  for (const file of filesOf(cache)) truncateSync(file, statSync(file).size - 1)
  const cut = await load(videos, { folder: cache })
  assert.equal([cut.clips, cut.stats!.misses], [clips, COUNT])
  const offset = (file: string, frame: number) => statSync(file).size - (lengthOf(0) - frame) * 32 * 24 * 3
  const one = newCache()
  const [first] = (await load([videos[0]!], { folder: one })).clips
  const [entry] = filesOf(one)
  const unused = Array.from({ length: lengthOf(0) }, (_, i) => i).find((i) => !first!.indices.includes(i))!
  for (const [frame, hits] of [
    [unused, 1],
    [first!.indices[2]!, 0],
  ] as const) {
    const all = readFileSync(entry!)
    all[offset(entry!, frame)]! ^= 128
    writeFileSync(entry!, all)
    const again = await load([videos[0]!], { folder: one })
    assert.equal([again.clips[0], again.stats!.hits], [first, hits])
  }
})

test('entries deleted in mid-epoch are decoded again, and written again', async () => {
  const cache = newCache()
  const options = {
    mode: 'train',
    seed: 7,
    batchSize: 1,
    size: 32,
    frames: 4,
    prefetch: 1,
    decodeBatchSize: 1,
  } as const
  const { clips } = await load(videos, { folder: cache })
  const loader = new Loader(datasetOf(videos), { ...options, cacheFrames: { folder: cache } })
  const seen = []
  for await (const batch of loader.batches(0)) {
    seen.push(...batch.clips)
    if (batch.index === 2) rmSync(cache, { recursive: true })
  }
  assert.equal(
    seen.sort((a, b) => a.entry - b.entry),
    clips,
  )
  assert.equal(counts(loader.cacheStats!), { hits: 3, misses: 3, written: 3 })
})

/** Two videos of the same size in bytes, by boxes of nothing at their ends. */
function padToSameSize(...files: string[]): void {
  const size = Math.max(...files.map((file) => statSync(file).size)) + 8
  for (const file of files) {
    const box = Buffer.alloc(size - statSync(file).size)
    box.writeUInt32BE(box.length)
    box.write('free', 4)
    appendFileSync(file, box)
  }
}

test('a changed video never gives old frames, though its name, size and time of change are the same', async () => {
  const cache = newCache()
  const video = await makeNumbered(path.join(folder, 'changing.mp4'), 8)
  const other = await makeVideo(path.join(folder, 'other.mp4'), 'testsrc2=s=32x24:r=10:d=0.8')
  padToSameSize(video, other)
  const [old, now] = [readFileSync(video), readFileSync(other)]
  const { mtime } = statSync(video)
  const loader = new Loader(datasetOf([video]), { ...FIXED, batchSize: 1, cacheFrames: { folder: cache } })
  const framesOf = async (each: Loader) => {
    for await (const { clips } of each.batches(0)) return Buffer.from(clips[0]!.frames)
    throw new Error('there is no clip')
  }
  const plain = (file: string) => framesOf(new Loader(datasetOf([file]), { ...FIXED, batchSize: 1 }))
  const [before, after] = [await plain(video), await plain(other)]
  assert.not(before.equals(after))
  // Once while the file is fresh, once when the loader has got to know it.
  for (const pause of [0, 2500]) {
    await sleep(pause)
    for (const [bytes, expected] of [
      [old, before],
      [now, after],
    ] as const) {
      writeFileSync(video, bytes)
      utimesSync(video, mtime, mtime)
      await sleep(pause)
      assert.ok((await framesOf(loader)).equals(expected))
      assert.ok((await framesOf(loader)).equals(expected))
    }
  }
  assert.is(loader.cacheStats!.misses, 2)
  assert.is(filesOf(cache).length, 2)
})

test('a folder of frames is known by its pictures', async () => {
  const cache = newCache()
  const pictures = path.join(folder, 'pictures')
  mkdirSync(pictures)
  await makeNumbered(path.join(pictures, '%03d.png'), 10, '32x24', '-c:v', 'png')
  const again = () => load([pictures], { folder: cache }, FIXED)
  const plain = async () => (await load([pictures], undefined, FIXED)).clips
  const expect = async (hits: number) => {
    const { clips, stats } = await again()
    assert.equal(clips, await plain())
    assert.is(stats!.hits, hits)
  }
  await expect(0)
  await expect(1)
  copyFileSync(path.join(pictures, '001.png'), path.join(pictures, '002.png'))
  await expect(0)
  renameSync(path.join(pictures, '005.png'), path.join(pictures, '020.png'))
  await expect(0)
  rmSync(path.join(pictures, '009.png'))
  await expect(0)
  await expect(1)
})

test('a member of an archive is the video that it holds', async () => {
  const cache = newCache()
  const archive = path.join(folder, 'shard.tar')
  const [first, second] = [readFileSync(videos[0]!), readFileSync(videos[1]!)]
  const write = (a: Buffer, b: Buffer) =>
    writeFileSync(archive, tarOf({ name: 'a.mp4', content: a }, { name: 'b.mp4', content: b }))
  write(first, second)
  const members = ['a', 'b'].map((name) => `${archive}/${name}.mp4`)
  const plain = (await load([videos[0]!, videos[1]!], { folder: cache }, FIXED)).clips
  const framesOf = (clips: typeof plain) => clips.map(({ frames }) => frames)
  const { clips, stats } = await load(members, { folder: cache }, FIXED)
  assert.equal(framesOf(clips), framesOf(plain))
  assert.is(stats!.hits, 2)
  write(second, first)
  const swapped = await load(members, { folder: cache }, FIXED)
  assert.equal(framesOf(swapped.clips), framesOf(plain).reverse())
  assert.is(swapped.stats!.hits, 2)
})

function child(name: string, ...args: string[]): ChildProcess {
  const file = fileURLToPath(new URL(`./children/${name}.js`, import.meta.url))
  return spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function outputOf(process: ChildProcess): Promise<string> {
  let text = ''
  process.stdout!.setEncoding('utf8').on('data', (part) => {
    text += part
  })
  const [status] = await once(process, 'close')
  assert.is(status, 0)
  return text.trim().split('\n').at(-1)!
}

test('two processes fill the same cache at the same time', async () => {
  const cache = newCache()
  const args = [cache, '12', ...videos]
  const results = await Promise.all([child('fill', ...args), child('fill', ...args)].map(outputOf))
  const [first, second] = results.map((text) => JSON.parse(text) as FrameCacheStats & { hash: string })
  const { clips, stats } = await load(videos, { folder: cache, frames: 12 })
  const hash = createHash('sha256')
  for (const clip of clips) hash.update(clip.frames).update(clip.indices.join())
  assert.equal([first!.hash, second!.hash], Array(2).fill(hash.digest('hex')))
  for (const each of [first!, second!]) {
    assert.is(each.hits + each.misses, COUNT)
    assert.equal([each.written, each.problem], [each.misses, null])
  }
  assert.equal(counts(stats!), { hits: COUNT, misses: 0, written: 0 })
  assert.equal([filesOf(cache).length, filesOf(cache, '.tmp')], [COUNT, []])
})

test('a killed writer leaves nothing that is read, and what it leaves is removed in time', async () => {
  const cache = newCache()
  const { clips } = await load(videos, { folder: cache })
  const entries = filesOf(cache)
  for (const file of entries) rmSync(file)
  const writers = entries.map((file) => child('hang', file))
  await Promise.all(writers.map((writer) => once(writer.stdout!, 'data')))
  for (const writer of writers) writer.kill('SIGKILL')
  await Promise.all(writers.map((writer) => once(writer, 'close')))
  const left = filesOf(cache, '.tmp')
  assert.is(left.length, COUNT)
  const old = new Date(Date.now() - 2 * 3_600_000)
  utimesSync(left[0]!, old, old)
  const again = await load(videos, { folder: cache })
  assert.equal([again.clips, again.stats!.misses, filesOf(cache)], [clips, COUNT, entries])
  // Others may be about to be finished by processes that live.
  assert.equal(filesOf(cache, '.tmp'), left.slice(1))

  const filling = child('fill', newCache(), '12', ...videos)
  await once(filling.stdout!, 'data')
  filling.kill('SIGKILL')
  await once(filling, 'close')
  const after = await load(videos, { folder: path.join(folder, `cache${caches - 1}`), frames: 12 })
  assert.equal(after.clips, (await load(videos, { folder: newCache(), frames: 12 })).clips)
})

test('a folder that cannot be written and a disk that is full: one warning, and the clips all the same', async () => {
  const file = path.join(folder, 'a-file')
  writeFileSync(file, '')
  const { clips } = await load(videos, { folder: newCache() })
  const cases = [
    [{ folder: path.join(file, 'cache') }, /ENOTDIR/],
    [{ folder: newCache(), keepFree: Number.MAX_SAFE_INTEGER }, /disk is full/],
  ] as const
  for (const [options, reason] of cases) {
    const warnings: string[] = []
    const onWarning = (message: string) => warnings.push(message)
    const loaded = await load(videos, { ...options, onWarning }, { concurrency: 3 })
    assert.equal([loaded.clips, loaded.stats!.misses, loaded.stats!.written], [clips, COUNT, 0])
    assert.equal(warnings, [loaded.stats!.problem])
    assert.match(warnings[0]!, reason)
    assert.ok(warnings[0]!.includes(options.folder))
  }
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
  await load(videos, { folder: path.join(file, 'cache') })
  assert.match((await warned).message, /no more frames are kept/)
})

test('many videos at a time give no warning of too many listeners', async () => {
  const warnings: string[] = []
  const onWarning = ({ message }: Error) => warnings.push(message)
  process.on('warning', onWarning)
  const many = Array.from({ length: 4 }, () => videos).flat()
  const limits = { concurrency: 12, decodeBatchSize: 2, signal: new AbortController().signal }
  await load(many, { folder: newCache(), shortSide: 16 }, limits)
  await load(many, undefined, { ...limits, decodeBatchSize: 1 })
  await sleep(1)
  process.off('warning', onWarning)
  assert.equal(warnings, [])
})

test('a bad video is reported as without a cache, and nothing is kept of it', async () => {
  const cache = newCache()
  const junk = path.join(folder, 'junk.mp4')
  writeFileSync(junk, 'junk '.repeat(99))
  for (const bad of [junk, path.join(folder, 'nowhere.mp4')]) {
    const plain = await errorOf(() => load([...videos, bad]))
    const cached = await errorOf(() => load([...videos, bad], { folder: cache }))
    assert.equal([cached.code, cached.message], [plain.code, plain.message])
  }
  await load(videos, { folder: cache })
  assert.is(filesOf(cache).length, COUNT)
})

test('an abort gives its reason, and leaves no half-written file', async () => {
  const cache = newCache()
  const options = { ...FIXED, batchSize: 1, concurrency: 2, decodeBatchSize: 1 }
  for (const after of [0, 1, 3]) {
    const controller = new AbortController()
    const reason = new Error('stop')
    const loader = new Loader(datasetOf(videos), { ...options, cacheFrames: { folder: cache } })
    const error = await errorOf(async () => {
      if (after === 0) controller.abort(reason)
      for await (const { index } of loader.batches(0, { signal: controller.signal }))
        if (index + 1 === after) controller.abort(reason)
    })
    assert.is(error, reason)
    assert.equal(after === 0 ? [] : filesOf(cache, '.tmp'), [])
  }
  const loader = new Loader(datasetOf(videos), { ...options, cacheFrames: { folder: cache } })
  for await (const _ of loader.batches(0)) break
  assert.equal(filesOf(cache, '.tmp'), [])
  assert.is((await load(videos, { folder: cache }, FIXED)).clips.length, COUNT)
})

test.run()
