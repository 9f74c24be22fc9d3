/** A cache with a limit: what is long unread makes place, what is in use does not. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { errorOf, makeFolder, makeNumbered } from '../../video/helpers.js'
import { filesOf, load } from './cached-clips.js'

const test = suite('data/frame-cache/room')
const { folder, remove } = makeFolder()
test.after(remove)

const COUNT = 12
const FRAMES = 20
const FRAME_BYTES = FRAMES * 32 * 24 * 3
/** With a header. */
const ENTRY_BYTES = FRAME_BYTES + 2000
let videos: string[]

test.before(async () => {
  const encoding = ['-c:v', 'mpeg4', '-q:v', '1', '-pix_fmt', 'yuv420p']
  // By their contents a cache knows videos: each has a title of its own.
  const make = (i: number) =>
    makeNumbered(path.join(folder, `${i}.mp4`), FRAMES, '32x24', ...encoding, '-metadata', `title=${i}`)
  videos = await Promise.all(Array.from({ length: COUNT }, (_, i) => make(i)))
})

const bytesOf = (cache: string) => filesOf(cache).reduce((sum, file) => sum + statSync(file).size, 0)

/** As if entries had been read so many hours ago, before this process began. */
function age(files: readonly string[], hours: (i: number) => number): void {
  for (const [i, file] of files.entries()) {
    const then = new Date(Date.now() - hours(i) * 3_600_000)
    utimesSync(file, then, then)
  }
}

test('what was not read for longest makes place, what is read stays', async () => {
  const cache = path.join(folder, 'place')
  await load(videos.slice(0, 6), { folder: cache })
  const before = filesOf(cache)
  assert.is(before.length, 6)
  age(before, (i) => 100 - i)
  const limitBytes = 8 * ENTRY_BYTES
  // Reads two of the six, which are then no longer old.
  const read = await load(videos.slice(0, 2), { folder: cache, limitBytes })
  assert.equal([read.stats!.hits, read.stats!.removed], [2, 0])
  const inUse = before.filter((file) => Date.now() - statSync(file).mtimeMs < 3_600_000)
  assert.is(inUse.length, 2)
  const { stats, clips } = await load(videos.slice(6, 10), { folder: cache, limitBytes })
  assert.equal([stats!.written, stats!.problem], [4, null])
  assert.ok(stats!.removed >= 2 && stats!.removed <= 4, String(stats!.removed))
  assert.ok(bytesOf(cache) <= limitBytes)
  const after = filesOf(cache)
  for (const file of inUse) assert.ok(after.includes(file), 'one in use was removed')
  const old = before.filter((file) => !inUse.includes(file))
  assert.equal(
    old.map((file) => after.includes(file)),
    old.map((_, i) => i >= stats!.removed),
    'the oldest go first',
  )
  assert.equal(clips, (await load(videos.slice(6, 10))).clips)
})

test('a data set larger than the limit keeps what fits, tells once, and gives the same clips', async () => {
  const cache = path.join(folder, 'larger')
  const limitBytes = 5 * ENTRY_BYTES
  const warnings: string[] = []
  const options = { folder: cache, limitBytes, onWarning: (message: string) => warnings.push(message) }
  const first = await load(videos, options, { concurrency: 3 })
  assert.equal([first.stats!.written, first.stats!.removed, warnings.length], [5, 0, 1])
  assert.match(warnings[0]!, `entries in use take the limit of ${limitBytes} bytes`)
  const second = await load(videos, options)
  assert.equal([second.stats!.hits, second.stats!.written], [5, 0])
  assert.ok(bytesOf(cache) <= limitBytes)
  const plain = await load(videos)
  for (const { clips } of [first, second]) assert.equal(clips, plain.clips)
})

test('two processes that share a folder stay about within the limit, and take nothing from each other', async () => {
  const cache = path.join(folder, 'shared')
  const limitBytes = 3 * ENTRY_BYTES
  const file = fileURLToPath(new URL('./children/fill.js', import.meta.url))
  const fill = (some: string[]) =>
    spawn(process.execPath, [file, cache, '32', ...some], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, FILL_LIMIT: String(limitBytes) },
    })
  const ends = await Promise.all(
    [fill(videos.slice(0, 6)), fill(videos.slice(6))].map((each) => once(each, 'close')),
  )
  assert.equal(
    ends.map(([status]) => status),
    [0, 0],
  )
  // Each may add what it was about to write when the other one looked.
  assert.ok(bytesOf(cache) <= limitBytes + 4 * ENTRY_BYTES, `${bytesOf(cache)}`)
  const { stats } = await load(videos, { folder: cache })
  assert.is(stats!.hits, filesOf(cache).length - stats!.written)
})

test('a limit must be a positive whole number', async () => {
  for (const limitBytes of [0, -1, 1.5, Number.NaN]) {
    const error = await errorOf(() => load(videos, { folder: path.join(folder, 'never'), limitBytes }))
    assert.equal([error.code, error.message.includes('cacheFrames.limitBytes')], ['ERR_ARGUMENT', true])
  }
})

test.run()
