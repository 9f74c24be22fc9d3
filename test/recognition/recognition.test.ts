import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MSTA } from '../../lib/adapters/msta/msta.js'
import { type ClipViews, viewsToBytes, viewsToTensor } from '../../lib/recognition/clips.js'
import { meanRow, viewScores } from '../../lib/recognition/scores.js'
import { type Recognition, splitClips, type ViCLIP } from '../../lib/recognition/viclip.js'
import { parseViews, viewIndices } from '../../lib/recognition/views.js'
import { formatPrompts } from '../../lib/text/prompts.js'
import { decodeFrames } from '../../lib/video/decode.js'
import { sampleMultiView, sampleTest } from '../../lib/video/sampling.js'
import { MEAN, STD, testTransforms } from '../../lib/video/transforms.js'
import { loadSmallViClip } from '../models/small-viclip.js'
import { testDevice } from '../support/device.js'
import { hasCode, rejection } from '../support/errors.js'
import { observe } from '../support/observe.js'
import { seededRandom } from '../support/random.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder, makeNumbered, makeVideo } from '../video/helpers.js'
import { resizeReference } from '../video/resize-reference.js'

const recognition = suite('recognition')
const test = noLeaks(recognition)
const device = testDevice()
const { folder, remove } = makeFolder()
const LABELS = ['archery', 'surfing', 'yo-yo', 'knitting', 'juggling balls', 'eating cake']
const video = path.join(folder, 'good.mp4')
const other = path.join(folder, 'other.mp4')
let model: ViCLIP

recognition.before(async () => {
  await makeVideo(video, 'testsrc=s=48x32:r=10:d=2', '-c:v', 'mpeg4', '-q:v', '2', '-pix_fmt', 'yuv420p')
  await makeNumbered(other, 9, '32x40')
  writeFileSync(path.join(folder, 'junk.mp4'), 'junk '.repeat(50))
  model = await loadSmallViClip(folder)
  // Packs the weights and runs everything once, so that the levels of memory compare.
  await model.classify(video, LABELS)
})
recognition.after(() => {
  model.dispose()
  remove()
})

/** Class scores of a video the long way round. */
async function scoresOf(file: string, views: string): Promise<Float64Array> {
  const { clips, crops } = parseViews(views)
  const classes = await model.encodeText(formatPrompts(LABELS))
  const rows: Float64Array[] = []
  const decoded = await decodeFrames(file, (n) =>
    clips === 1 ? sampleTest(n, 4) : sampleMultiView(n, 4, clips).flat(),
  )
  const transforms = testTransforms(decoded.width, decoded.height, { size: 16, crops })
  const bytes = 4 * decoded.width * decoded.height * 3
  for (let c = 0; c < clips; c++) {
    const frames = decoded.frames.subarray(c * bytes, (c + 1) * bytes)
    for (const transform of transforms) {
      const clip = { frames, width: decoded.width, height: decoded.height, transforms: [transform] }
      const tensor = await viewsToTensor(device, [clip])
      const data = await tensor.data()
      tensor.dispose()
      rows.push(
        ...viewScores(
          await model.encodeVideo({ data, shape: [1, 3, 4, 16, 16] }),
          classes,
          model.model.temperature,
        ),
      )
    }
  }
  assert.is(rows.length, clips * crops)
  return meanRow(rows)
}

for (const views of ['1x1', '2x3']) {
  test(`scores of ${views} views are the mean over them, best first, and sum to one`, async () => {
    const expected = await scoresOf(video, views)
    const { predictions, ...rest } = await model.classify(video, LABELS, { views, topK: 99 })
    assert.equal(rest, { video })
    assert.is(predictions.length, LABELS.length)
    const sum = predictions.reduce((total, { score }) => total + score, 0)
    assert.ok(Math.abs(sum - 1) < 1e-9, `the scores sum to ${sum}`)
    for (const [i, { label, score }] of predictions.entries()) {
      assert.ok(i === 0 || score <= predictions[i - 1]!.score)
      assert.ok(Math.abs(score - expected[LABELS.indexOf(label)]!) < 1e-5, `${label}: ${score}`)
    }
    assert.equal(new Set(predictions.map(({ label }) => label)).size, LABELS.length)
  })
}

test('top-k cuts after the best; five unless told otherwise', async () => {
  const all = (await model.classify(video, LABELS, { topK: 6 })).predictions
  assert.equal((await model.classify(video, LABELS)).predictions, all.slice(0, 5))
  assert.equal((await model.classify(video, LABELS, { topK: 2 })).predictions, all.slice(0, 2))
  assert.equal((await model.classify(video, ['archery'])).predictions, [{ label: 'archery', score: 1 }])
})

test('equal scores keep the order of the labels', async () => {
  const same = ['b', 'a', 'b', 'b']
  const { predictions } = await model.classify(video, same)
  assert.equal(predictions.map(({ label }) => label).filter((label) => label === 'b').length, 3)
  const scores = predictions.filter(({ label }) => label === 'b').map(({ score }) => score)
  assert.is(new Set(scores).size, 1)
})

test('template, adapter and views change the outcome', async () => {
  const plain = await model.classify(video, LABELS, { topK: 6 })
  const adapter = MSTA.attach(model, { dim: 4, layers: [1, 2], alpha: 1, seed: 2 })
  for (const options of [{ template: 'nothing but {}' }, { adapter }, { views: '3x1' }])
    assert.not.equal(
      await model.classify(video, LABELS, { topK: 6, ...options }),
      plain,
      Object.keys(options)[0],
    )
  adapter.dispose()
})

test('lower temperatures make scores harder', async () => {
  const { model: inner } = model
  const before = inner.temperature
  const best = async (temperature: number) => {
    inner.temperature = temperature
    return (await model.classify(video, LABELS)).predictions[0]!
  }
  try {
    const [hard, soft] = [await best(0.02), await best(0.5)]
    assert.is(hard.label, soft.label)
    assert.ok(hard.score > soft.score && soft.score < 0.5, `${hard.score} and ${soft.score}`)
  } finally {
    inner.temperature = before
  }
})

test('many videos: in order, a broken one is an error and the others go on', async () => {
  const junk = path.join(folder, 'junk.mp4')
  const nowhere = path.join(folder, 'nowhere.mp4')
  const videos = [video, junk, other, nowhere, video]
  const results: Recognition[] = []
  for await (const result of model.classifyMany(videos, LABELS)) results.push(result)
  assert.equal(
    results.map((result) => result.video),
    videos,
  )
  const codes = results.map((result) => ('error' in result ? result.error.code : 'ok'))
  assert.equal(codes, ['ok', 'ERR_VIDEO', 'ok', 'ERR_FILE', 'ok'])
  assert.equal(results[0], await model.classify(video, LABELS))
  assert.equal(results[4], results[0])
  assert.equal(results[2], await model.classify(other, LABELS))
  assert.ok(hasCode('ERR_VIDEO', junk)(await rejection(model.classify(junk, LABELS))))
  observe('brokenVideos', `of five videos to recognise, two of them broken: ${codes.join(', ')}`)
})

test('an abort ends it with its reason; leaving the loop early is no error', async () => {
  const reason = new Error('enough')
  assert.is(await rejection(model.classify(video, LABELS, { signal: AbortSignal.abort(reason) })), reason)
  const controller = new AbortController()
  let seen = 0
  const all = async () => {
    for await (const _ of model.classifyMany(Array(50).fill(video), LABELS, { signal: controller.signal })) {
      if (++seen === 2) controller.abort(reason)
    }
  }
  assert.is(await rejection(all()), reason)
  assert.is(seen, 2)
  for await (const _ of model.classifyMany([video, video], LABELS)) break
})

test('wrong arguments are refused', async () => {
  assert.ok(hasCode('ERR_ARGUMENT', 'label')(await rejection(model.classify(video, []))))
  assert.ok(hasCode('ERR_ARGUMENT', '2x2')(await rejection(model.classify(video, LABELS, { views: '2x2' }))))
  assert.ok(
    hasCode(
      'ERR_ARGUMENT',
      'nothing',
    )(await rejection(model.classify(video, LABELS, { template: 'nothing' }))),
  )
  for (const text of ['', '0x1', '1', 'x', '1x4', '1001x1', '-1x1', '1x1x1'])
    assert.throws(() => parseViews(text), hasCode('ERR_ARGUMENT', `"${text}"`))
  assert.equal(parseViews(' 4x3 '), { clips: 4, crops: 3 })
  assert.equal(viewIndices(100, 8, { clips: 1, crops: 1 }), [[6, 18, 31, 43, 56, 68, 81, 93]])
  assert.is(viewIndices(100, 8, { clips: 3, crops: 1 }).length, 3)
})

const random = seededRandom(6)
function noiseClip(count: number, height: number, width: number, crops: 1 | 3): ClipViews {
  const frames = Uint8Array.from({ length: count * height * width * 3 }, () => Math.floor(random() * 256))
  return { frames, height, width, transforms: testTransforms(width, height, { size: 16, crops }) }
}

test('views before normalisation are those of the plain resize', async () => {
  const base = noiseClip(3, 21, 34, 3)
  const flipped = { ...base.transforms[0]!, flip: true }
  const clip = { ...base, transforms: [...base.transforms, flipped] }
  const { data, shape } = await viewsToBytes(device, clip)
  assert.equal([...shape], [4, 3, 16, 16, 3])
  const size = 16 * 16 * 3
  for (const [v, transform] of clip.transforms.entries())
    for (let t = 0; t < 3; t++) {
      const frame = clip.frames.subarray(t * 21 * 34 * 3, (t + 1) * 21 * 34 * 3)
      const at = (v * 3 + t) * size
      assert.equal(
        data.subarray(at, at + size),
        resizeReference(frame, 21, 34, transform),
        `view ${v}, frame ${t}`,
      )
    }
})

test('a batch of views is the normalised bytes, channels first, clip after clip', async () => {
  const clips = [noiseClip(2, 20, 30, 3), noiseClip(2, 17, 16, 1)]
  const tensor = await viewsToTensor(device, clips)
  assert.equal([...tensor.shape], [4, 3, 2, 16, 16])
  const values = await tensor.data()
  tensor.dispose()
  let view = 0
  for (const clip of clips) {
    const { data, shape } = await viewsToBytes(device, clip)
    for (let v = 0; v < shape[0]!; v++, view++)
      for (let c = 0; c < 3; c++)
        for (let i = 0; i < 2 * 256; i++) {
          const byte = data[(v * 2 * 256 + i) * 3 + c]!
          const expected = (byte / 255 - MEAN[c]!) / STD[c]!
          const actual = values[(view * 3 + c) * 512 + i]!
          if (!(Math.abs(actual - expected) < 2e-6))
            throw new Error(`view ${view}: ${actual}, not ${expected}`)
        }
  }
})

test('encodeClips is encodeVideo of the views', async () => {
  const clips = [noiseClip(4, 20, 30, 3), noiseClip(4, 17, 16, 1)]
  const tensor = await viewsToTensor(device, clips)
  const data = await tensor.data()
  tensor.dispose()
  const direct = await model.encodeVideo({ data, shape: [4, 3, 4, 16, 16] })
  const encoded = await model.encodeClips(clips)
  // A GPU may add up a product of other shape in another order.
  const allowed = device.name === 'cpu' ? 0 : 1e-6
  for (const [i, value] of direct.data.entries()) assert.ok(Math.abs(encoded.data[i]! - value) <= allowed)
  assert.equal(
    [encoded.shape, direct.shape],
    [
      [4, 12],
      [4, 12],
    ],
  )
})

test('clips that do not go together are refused', async () => {
  const refused = (clips: ClipViews[]) => rejection((async () => viewsToTensor(device, clips))())
  assert.ok(hasCode('ERR_SHAPE', '[views]')(await refused([])))
  const clips = [noiseClip(2, 20, 30, 1), noiseClip(3, 20, 30, 1)]
  assert.ok(hasCode('ERR_SHAPE')(await refused(clips)))
  const cut = { ...clips[0]!, frames: clips[0]!.frames.subarray(1) }
  assert.ok(hasCode('ERR_SHAPE')(await refused([cut])))
})

test('a decoded video is cut into its clips without copying', () => {
  const frames = Uint8Array.from({ length: 6 * 12 }, (_, i) => i)
  const clips = splitClips(
    { frames, width: 2, height: 2, indices: [0, 1, 2, 3, 4, 5], frameCount: 9 } as never,
    3,
    [],
  )
  assert.is(clips.length, 2)
  assert.equal(
    [clips[1]!.frames[0], clips[1]!.frames.length, clips[1]!.frames.buffer === frames.buffer],
    [36, 36, true],
  )
})

test('scores: softmax of cosine / temperature, also of zero features and huge logits', () => {
  const views = { data: Float32Array.of(3, 4, 0, 0), shape: [2, 2] as const }
  const classes = { data: Float32Array.of(2, 0, 0, 5), shape: [2, 2] as const }
  const [first, second] = viewScores(views, classes, 0.5)
  const expected = 1 / (1 + Math.exp(0.4))
  assert.ok(Math.abs(first![0]! - expected) < 1e-7)
  assert.equal([...second!], [0.5, 0.5])
  assert.equal(viewScores(views, classes, 1e-9)[0]!.map(Math.round), Float64Array.of(0, 1))
  assert.equal([...meanRow([Float64Array.of(0, 1), Float64Array.of(0.5, 0.5)])], [0.25, 0.75])
})

test('texts are encoded alike alone and together; none is refused', async () => {
  const together = await model.encodeText(LABELS)
  assert.equal(together.shape, [6, 12])
  for (const [i, label] of LABELS.entries()) {
    const { data } = await model.encodeText([label])
    for (const [j, x] of data.entries()) assert.ok(Math.abs(x - together.data[i * 12 + j]!) < 1e-5)
  }
  assert.ok(hasCode('ERR_ARGUMENT')(await rejection((async () => model.encodeText([]))())))
})

recognition.run()
