import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { drawMotion } from '../../lib/data/scenes.js'
import { itemStream } from '../../lib/data/streams.js'
import { viewScores } from '../../lib/recognition/scores.js'
import { mergeWindows } from '../../lib/recognition/segments.js'
import type { ViCLIP, WindowRecognition } from '../../lib/recognition/viclip.js'
import { formatPrompts } from '../../lib/text/prompts.js'
import { decodeFrames } from '../../lib/video/decode.js'
import { encodeClips } from '../../lib/video/encode.js'
import { findFfmpeg } from '../../lib/video/ffmpeg.js'
import { sampleTest } from '../../lib/video/sampling.js'
import { testTransforms } from '../../lib/video/transforms.js'
import { loadSmallViClip } from '../models/small-viclip.js'
import { hasCode, rejection } from '../support/errors.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'

const windows = suite('recognition/windows')
const test = noLeaks(windows)
const { folder, remove } = makeFolder()
const LABELS = ['archery', 'surfing', 'yo-yo', 'knitting', 'juggling balls', 'eating cake']
let model: ViCLIP
/** 4 seconds of 10 frames: one motion, then another. */
let video: string

windows.before(async () => {
  const draw = (name: 'growing' | 'moving left', item: number) =>
    drawMotion(name, 48, 20, itemStream(1, 'synthetic', 0, item))
  const clips = path.join(folder, 'clips')
  mkdirSync(clips)
  const both = function* () {
    yield* draw('growing', 0)
    yield* draw('moving left', 1)
  }
  video = (await encodeClips(clips, [both], { width: 48, height: 48, frames: 40, fps: 10 }))[0]!
  model = await loadSmallViClip(folder)
  // Packs the weights and runs everything once, so that the levels of memory compare.
  await model.classify(video, LABELS)
})
windows.after(() => {
  model.dispose()
  remove()
})

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list = []
  for await (const item of items) list.push(item)
  return list
}

/** Scores by label of the frames from `first` on, the long way round. */
async function scoresOfFrames(first: number, count: number): Promise<Record<string, number>> {
  const { frames, width, height } = await decodeFrames(video, () =>
    sampleTest(count, 4).map((index) => first + index),
  )
  const clip = { frames, width, height, transforms: testTransforms(width, height, { size: 16 }) }
  const classes = await model.encodeText(formatPrompts(LABELS))
  const [scores] = viewScores(await model.encodeClips([clip]), classes, model.model.temperature)
  return Object.fromEntries(LABELS.map((label, i) => [label, scores![i]!]))
}

const byLabel = ({ predictions }: Pick<WindowRecognition, 'predictions'>) =>
  Object.fromEntries(LABELS.map((label) => [label, predictions.find((one) => one.label === label)!.score]))

test('the scores of a window are those of its frames alone', async () => {
  const options = { windowSeconds: 2, strideSeconds: 1, topK: 6 }
  const timeline = await all(model.classifyWindows(video, LABELS, options))
  assert.equal(
    timeline.map(({ start, end }) => [start, end]),
    [
      [0, 2],
      [1, 3],
      [2, 4],
    ],
  )
  for (const [k, window] of timeline.entries()) {
    assert.equal(byLabel(window), await scoresOfFrames(10 * k, 20))
    const scores = window.predictions.map(({ score }) => score)
    assert.equal(
      scores,
      [...scores].sort((a, b) => b - a),
    )
  }
  assert.not.equal(byLabel(timeline[0]!), byLabel(timeline[2]!))
})

test('the scores of a window are those of a file cut out of the video', async () => {
  const cut = path.join(folder, 'cut.mkv')
  const filter = 'trim=start_frame=15:end_frame=25'
  const args = ['-nostdin', '-v', 'error', '-i', video, '-vf', filter, '-c:v', 'ffv1', cut]
  execFileSync((await findFfmpeg()).path, args)
  const options = { windowSeconds: 1, strideSeconds: 0.5, topK: 6 }
  const timeline = await all(model.classifyWindows(video, LABELS, options))
  assert.equal([timeline[3]!.start, timeline[3]!.end], [1.5, 2.5])
  assert.equal(timeline[3]!.predictions, (await model.classify(cut, LABELS, { topK: 6 })).predictions)
})

test('a window longer than the video is the video', async () => {
  const template = 'people {}'
  const timeline = await all(model.classifyWindows(video, LABELS, { windowSeconds: 60, template, topK: 2 }))
  const { predictions } = await model.classify(video, LABELS, { template, topK: 2 })
  assert.equal(timeline, [{ start: 0, end: 4, predictions }])
})

test('an abort ends it with its reason; leaving the loop early is no error', async () => {
  const reason = new Error('enough')
  const options = { windowSeconds: 0.5, strideSeconds: 0.1 }
  const before = model.classifyWindows(video, LABELS, { ...options, signal: AbortSignal.abort(reason) })
  assert.is(await rejection(all(before)), reason)
  const controller = new AbortController()
  let seen = 0
  const part = async () => {
    for await (const _ of model.classifyWindows(video, LABELS, { ...options, signal: controller.signal }))
      if (++seen === 2) controller.abort(reason)
  }
  assert.is(await rejection(part()), reason)
  assert.is(seen, 2)
  for await (const _ of model.classifyWindows(video, LABELS, options)) break
})

test('wrong arguments are refused', async () => {
  const refused = (
    file: string,
    labels: string[],
    options: { windowSeconds: number; strideSeconds?: number },
  ) => rejection(all(model.classifyWindows(file, labels, options)))
  assert.ok(hasCode('ERR_ARGUMENT', 'label')(await refused(video, [], { windowSeconds: 1 })))
  assert.ok(hasCode('ERR_ARGUMENT', 'windowSeconds')(await refused(video, LABELS, { windowSeconds: 0 })))
  const backwards = { windowSeconds: 1, strideSeconds: -1 }
  assert.ok(hasCode('ERR_ARGUMENT', 'strideSeconds')(await refused(video, LABELS, backwards)))
  const junk = path.join(folder, 'junk.mp4')
  writeFileSync(junk, 'junk '.repeat(50))
  assert.ok(hasCode('ERR_VIDEO', junk)(await refused(junk, LABELS, { windowSeconds: 1 })))
})

async function merge(rows: readonly (readonly [start: number, end: number, label: string, score: number])[]) {
  async function* asTheyCome() {
    for (const [start, end, label, score] of rows) yield { start, end, predictions: [{ label, score }] }
  }
  return (await all(mergeWindows(asTheyCome()))).map(({ start, end, label, score, windows: count }) => [
    start,
    end,
    label,
    score,
    count,
  ])
}

test('neighbours of the same best label are joined, with the mean of their scores', async () => {
  assert.equal(await merge([]), [])
  assert.equal(await merge([[0, 2, 'a', 0.5]]), [[0, 2, 'a', 0.5, 1]])
  assert.equal(
    await merge([
      [0, 2, 'a', 0.25],
      [2, 4, 'a', 0.75],
      [4, 6, 'b', 0.5],
      [7, 9, 'a', 1],
    ]),
    [
      [0, 4, 'a', 0.5, 2],
      [4, 6, 'b', 0.5, 1],
      [7, 9, 'a', 1, 1],
    ],
  )
})

test('where windows overlap, the border is in the middle', async () => {
  assert.equal(
    await merge([
      [0, 4, 'a', 0.5],
      [1, 5, 'a', 0.5],
      [2, 6, 'b', 0.5],
      [3, 7, 'a', 0.5],
      [4, 7.5, 'a', 0.5],
    ]),
    [
      [0, 3.5, 'a', 0.5, 2],
      [3.5, 4.5, 'b', 0.5, 1],
      [4.5, 7.5, 'a', 0.5, 2],
    ],
  )
})

windows.run()
