import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type DecodeJob, decodeMany } from '../../lib/video/decode-many.js'
import { findFfmpeg } from '../../lib/video/ffmpeg.js'
import { errorOf, makeFolder, makeNumbered, readNumbers, withEnvironment } from './helpers.js'

const test = suite('video/decode-many')
const { folder, remove } = makeFolder()
test.after(remove)

const COUNT = 12
let jobs: DecodeJob[] = []

test.before(async () => {
  jobs = await Promise.all(
    Array.from({ length: COUNT }, async (_, i) => {
      const file = await makeNumbered(path.join(folder, `${i}.mp4`), 20 + i)
      return { path: file, select: (n: number) => [i, n - 1] }
    }),
  )
})

async function collect(list: DecodeJob[], options: Parameters<typeof decodeMany>[1]) {
  const results = []
  for await (const result of decodeMany(list, options)) results.push(result)
  return results
}

for (const [concurrency, batchSize] of [
  [1, 1],
  [3, 1],
  [1, 12],
  [2, 5],
] as const) {
  test(`results come in order and are the same (concurrency ${concurrency}, batch ${batchSize})`, async () => {
    const results = await collect(jobs, { concurrency, batchSize })
    assert.is(results.length, COUNT)
    for (const [i, result] of results.entries()) {
      assert.is(result.index, i)
      assert.ok(result.ok)
      assert.is(result.clip.frameCount, 20 + i)
      assert.equal(readNumbers(result.clip.frames, 2), [i, 19 + i])
    }
  })
}

test('bad videos and wrong guesses cost their neighbours nothing', async () => {
  const junk = path.join(folder, 'junk.mp4')
  writeFileSync(junk, 'junk '.repeat(100))
  const list = [...jobs.slice(0, 8)]
  list[1] = { ...list[1]!, path: junk }
  list[3] = { ...list[3]!, path: path.join(folder, 'missing.mp4') }
  list[5] = { ...list[5]!, frameCountHint: 22 }
  list[6] = { ...list[6]!, select: () => [1000] }
  const results = await collect(list, { concurrency: 1, batchSize: 8 })
  assert.equal(
    results.map((result) => (result.ok ? result.clip.frameCount : (result.error as { code: string }).code)),
    [20, 'ERR_VIDEO', 22, 'ERR_FILE', 24, 25, 'ERR_ARGUMENT', 27],
  )
})

test('a picture size that changes on the way is right in a common process too', async () => {
  const form = ['-c:v', 'mpeg4', '-q:v', '1', '-bf', '0', '-f', 'm4v']
  const make = (size: string) => makeNumbered(path.join(folder, `${size}.m4v`), 20, size, ...form)
  const parts = await Promise.all(['32x24', '64x48'].map(make))
  const changing = path.join(folder, 'changing.m4v')
  writeFileSync(changing, Buffer.concat(parts.map((file) => readFileSync(file))))
  const job = { path: changing, select: () => [7, 32], frameCountHint: 40 }
  const results = await collect([jobs[0]!, job, job], { concurrency: 1 })
  for (const result of results.slice(1)) {
    assert.ok(result.ok)
    assert.equal(readNumbers(result.clip.frames, 2), [7, 12])
  }
})

/** The videos of every ffmpeg process that decodes `list`, in order of start. */
async function batchesOf(list: DecodeJob[], options: Parameters<typeof decodeMany>[1]) {
  const { path: ffmpeg } = await findFfmpeg()
  const script = path.join(folder, 'counting-ffmpeg')
  const log = path.join(folder, 'batches.txt')
  writeFileSync(log, '')
  writeFileSync(script, `#!/bin/sh\necho "$@" >> "${log}"\nexec "${ffmpeg}" "$@"\n`, { mode: 0o755 })
  const results = await withEnvironment({ MSTA_FFMPEG: script }, () => collect(list, options))
  const runs = readFileSync(log, 'utf8').split('\n')
  return { results, batches: runs.map((run) => run.split(' -i ').length - 1).filter((videos) => videos > 0) }
}

const manyJobs = (count: number) => Array.from({ length: count }, (_, i) => jobs[i % COUNT]!)

test('batches grow once clips are known to be small, as far as the memory allows', async () => {
  const { results, batches } = await batchesOf(manyJobs(100), { concurrency: 1 })
  assert.equal(batches, [8, 8, 32, 32, 20])
  for (const [i, result] of results.entries()) {
    assert.ok(result.ok)
    assert.equal(readNumbers(result.clip.frames, 2), [i % COUNT, 19 + (i % COUNT)])
  }
  const [first] = results
  const clipBytes = first!.ok ? first!.clip.frames.length : 0
  const small = await batchesOf(manyJobs(60), { concurrency: 1, maxPendingBytes: 24 * clipBytes })
  assert.ok(
    small.batches.every((videos) => videos <= 12),
    String(small.batches),
  )
})

test('a bad video in a large batch is found by halves', async () => {
  const broken = path.join(folder, 'broken.mp4')
  // The index, by which the frames are counted, without what ffmpeg needs besides.
  const bytes = readFileSync(jobs[0]!.path)
  bytes.fill(0, bytes.indexOf('stsd') + 4, bytes.indexOf('stts') - 4)
  writeFileSync(broken, bytes)
  const list = manyJobs(32)
  list[5] = { ...list[5]!, path: broken }
  const { results, batches } = await batchesOf(list, { concurrency: 1, batchSize: 32 })
  assert.equal(
    results.flatMap((result) => (result.ok ? [] : [result.index])),
    [5],
  )
  assert.ok(batches.length <= 12, String(batches))
})

test('what is decoded ahead is bounded', async () => {
  let asked = 0
  const watched = jobs.map((job) => ({
    ...job,
    select: (n: number) => {
      asked++
      return job.select(n)
    },
  }))
  const stream = decodeMany(watched, { concurrency: 1, batchSize: 1, prefetch: 3 })
  await stream.next()
  await new Promise((resolve) => setTimeout(resolve, 1500))
  assert.ok(asked <= 4, String(asked))
  await stream.return()
})

test('leaving early and aborting end what still runs', async () => {
  for await (const result of decodeMany(jobs, { concurrency: 2, batchSize: 2 })) {
    if (result.index === 1) break
  }
  const reason = new Error('stop')
  const controller = new AbortController()
  const error = await errorOf(async () => {
    for await (const _ of decodeMany(jobs, { concurrency: 2, batchSize: 2, signal: controller.signal })) {
      controller.abort(reason)
    }
  })
  assert.is(error, reason)
})

test('no jobs are no results, no ffmpeg is an error', async () => {
  assert.equal(await collect([], {}), [])
  const error = await errorOf(() =>
    withEnvironment({ MSTA_FFMPEG: path.join(folder, 'none') }, () => collect(jobs, {})),
  )
  assert.is(error.code, 'ERR_FFMPEG')
})

test.run()
