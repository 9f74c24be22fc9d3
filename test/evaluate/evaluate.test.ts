import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MSTA } from '../../lib/adapters/msta/msta.js'
import { type Dataset, loadDataset } from '../../lib/data/dataset.js'
import { evaluate } from '../../lib/evaluate/evaluate.js'
import type { ViCLIP } from '../../lib/recognition/viclip.js'
import { loadSmallViClip } from '../models/small-viclip.js'
import { hasCode, rejection } from '../support/errors.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder, makeVideo } from '../video/helpers.js'

const evaluation = suite('evaluate')
const test = noLeaks(evaluation)
const { folder, remove } = makeFolder()
const NAMES = ['archery', 'surfing', 'yo-yo', 'knitting', 'juggling', 'eating', 'diving']
const labels = path.join(folder, 'labels.csv')
const SOURCES = ['testsrc', 'testsrc2', 'smptebars', 'rgbtestsrc', 'mandelbrot']
const FILES = SOURCES.map((source) => `${source}.mp4`)
let model: ViCLIP

function list(name: string, lines: string[]): string {
  const file = path.join(folder, name)
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''))
  return file
}

const dataset = (file: string, missing: 'skip' | 'fail' = 'fail'): Promise<Dataset> =>
  loadDataset({ root: folder, list: file, labels, missing })

/** The ranking of every file by classify: names, best first. */
async function rankings(options: Parameters<ViCLIP['classify']>[2] = {}): Promise<string[][]> {
  const ranked: string[][] = []
  for (const file of FILES) {
    const { predictions } = await model.classify(path.join(folder, file), NAMES, { topK: 7, ...options })
    ranked.push(predictions.map(({ label }) => label))
  }
  return ranked
}

evaluation.before(async () => {
  for (const source of SOURCES)
    await makeVideo(
      path.join(folder, `${source}.mp4`),
      `${source}=s=48x32:r=10`,
      '-t',
      '1',
      '-c:v',
      'mpeg4',
      '-q:v',
      '3',
    )
  writeFileSync(labels, `id,name\n${NAMES.map((name, id) => `${id},${name}\n`).join('')}`)
  writeFileSync(path.join(folder, 'junk.mp4'), 'junk '.repeat(50))
  model = await loadSmallViClip(folder)
  await model.classify(path.join(folder, FILES[0]!), NAMES)
})
evaluation.after(() => {
  model.dispose()
  remove()
})

test('top-1, top-5, classes and confusion follow from the rankings of classify', async () => {
  const ranked = await rankings()
  // Of five videos: two right at once, one among the first five, two not even there.
  const ranks = [0, 0, 4, 5, 6]
  const truth = ranks.map((rank, i) => NAMES.indexOf(ranked[i]![rank]!))
  const file = list(
    'ranked.txt',
    FILES.map((name, i) => `${name} ${truth[i]}`),
  )
  const progress: { done: number; total: number }[] = []
  const onProgress = (each: { done: number; total: number }) => progress.push(each)
  const result = await evaluate({ model, data: await dataset(file), batchSize: 2, onProgress })
  assert.equal([result.top1, result.top5, result.videos, result.failed], [2 / 5, 3 / 5, 5, 0])
  const expected = new Array(49).fill(0)
  for (const [i, label] of truth.entries()) expected[label * 7 + NAMES.indexOf(ranked[i]![0]!)]++
  assert.equal(result.confusion, expected)
  assert.equal(
    result.perClass,
    NAMES.map((label, c) => {
      const own = [...truth.keys()].filter((i) => truth[i] === c)
      const right = own.filter((i) => ranks[i] === 0)
      return { label, accuracy: own.length > 0 ? right.length / own.length : null, videos: own.length }
    }),
  )
  assert.equal([result.views, result.template, result.list.file], ['1x1', 'a video of {}.', file])
  assert.match(result.list.sha256, /^[0-9a-f]{64}$/)
  assert.equal(progress.at(-1), { done: 5, total: 5 })
  assert.ok(progress.length >= 3)
})

test('views, template and adapter are those asked for', async () => {
  const adapter = MSTA.attach(model, { dim: 4, layers: [1, 2], alpha: 1, seed: 2 })
  for (const options of [{ views: '2x3' }, { template: 'just {}' }, { adapter }]) {
    const ranked = await rankings(options)
    const file = list(
      'asked.txt',
      FILES.map((name, i) => `${name} ${NAMES.indexOf(ranked[i]![i % 2]!)}`),
    )
    const result = await evaluate({ model, data: { root: folder, list: file, labels }, ...options })
    assert.equal([result.top1, result.top5], [3 / 5, 1], Object.keys(options)[0])
    for (const [c, predicted] of ranked.entries())
      assert.ok(result.confusion[NAMES.indexOf(ranked[c]![c % 2]!) * 7 + NAMES.indexOf(predicted[0]!)]! > 0)
  }
  adapter.dispose()
})

test('the size of batches changes nothing', async () => {
  const file = list(
    'batches.txt',
    FILES.map((name, i) => `${name} ${i}`),
  )
  const data = await dataset(file)
  const [one, many] = await Promise.all(
    [1, 8].map((batchSize) => evaluate({ model, data, batchSize, views: '2x1' })),
  )
  assert.equal({ ...one, seconds: 0 }, { ...many, seconds: 0 })
})

test('frames that are kept change nothing', async () => {
  const file = list(
    'kept.txt',
    FILES.map((name, i) => `${name} ${i}`),
  )
  const data = await dataset(file)
  const [plain, ...kept] = [
    await evaluate({ model, data, views: '2x3' }),
    await evaluate({ model, data, views: '2x3', cacheFrames: { folder: path.join(folder, 'frames') } }),
    await evaluate({ model, data, views: '2x3', cacheFrames: { folder: path.join(folder, 'frames') } }),
  ]
  for (const each of kept) assert.equal({ ...each, seconds: 0 }, { ...plain!, seconds: 0 })
})

test('one bad video is reported and left out, or fails by policy', async () => {
  const ranked = await rankings()
  const truth = ranked.map(([best]) => NAMES.indexOf(best!))
  const lines = FILES.map((name, i) => `${name} ${truth[i]}`)
  const file = list('bad.txt', [lines[0]!, 'junk.mp4 0', ...lines.slice(1)])
  const data = await dataset(file)
  const result = await evaluate({ model, data })
  assert.equal([result.top1, result.videos, result.failed], [1, 5, 1])
  assert.equal(
    result.failures.map(({ path: name, code }) => [name, code]),
    [['junk.mp4', 'ERR_VIDEO']],
  )
  assert.match(result.failures[0]!.message, 'junk.mp4')
  assert.ok(hasCode('ERR_VIDEO', 'junk.mp4')(await rejection(evaluate({ model, data, badVideos: 'fail' }))))
})

test('more than one in twenty fails the run; one in twenty does not', async () => {
  const good = (count: number) => Array.from({ length: count }, (_, i) => `${FILES[i % 5]} 0`)
  const bad = (count: number) => Array.from({ length: count }, () => 'junk.mp4 0')
  const two = await evaluate({ model, data: await dataset(list('two.txt', [...good(38), ...bad(2)])) })
  assert.equal([two.videos, two.failed], [38, 2])
  const tooMany = evaluate({ model, data: await dataset(list('three.txt', [...good(37), ...bad(3)])) })
  assert.ok(hasCode('ERR_VIDEO', '3 of 40', '5 %', 'junk.mp4')(await rejection(tooMany)))
  const all = evaluate({ model, data: await dataset(list('all.txt', bad(1))) })
  assert.ok(hasCode('ERR_VIDEO', '1 of 1')(await rejection(all)))
})

test('missing files fail unless they are to be skipped; then they count as failed', async () => {
  const file = list('missing.txt', [...FILES.map((name) => `${name} 0`), 'nowhere.mp4 1'])
  assert.ok(hasCode('ERR_FILE', 'nowhere.mp4 (line 6)')(await rejection(dataset(file))))
  const given = { root: folder, list: file, labels }
  assert.ok(hasCode('ERR_FILE', 'nowhere.mp4')(await rejection(evaluate({ model, data: given }))))
  const result = await evaluate({ model, data: { ...given, missing: 'skip' } })
  assert.equal([result.videos, result.failed, result.failures], [5, 1, []])
})

test('a file that vanishes after the list was read is a failure', async () => {
  const copy = path.join(folder, 'copy.mp4')
  writeFileSync(copy, readFileSync(path.join(folder, FILES[0]!)))
  const data = await dataset(list('vanishing.txt', [...FILES.map((name) => `${name} 0`), 'copy.mp4 1']))
  rmSync(copy)
  const result = await evaluate({ model, data })
  assert.equal(
    result.failures.map(({ path: name, code }) => [name, code]),
    [['copy.mp4', 'ERR_FILE']],
  )
})

test('an abort and wrong views end it', async () => {
  const data = await dataset(list('many.txt', Array(20).fill(`${FILES[0]} 0`)))
  const controller = new AbortController()
  const reason = new Error('enough')
  const onProgress = () => controller.abort(reason)
  const aborted = evaluate({ model, data, batchSize: 2, signal: controller.signal, onProgress })
  assert.is(await rejection(aborted), reason)
  assert.ok(hasCode('ERR_ARGUMENT', '3x2')(await rejection(evaluate({ model, data, views: '3x2' }))))
})

evaluation.run()
