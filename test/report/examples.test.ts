/** Videos for a report: which are chosen, what is told of them, where they lie on the map. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { collectExamples, MSTA, ViCLIP } from '../../lib/index.js'
import { project } from '../../lib/report/examples/projection.js'
import { saveSmallViClip } from '../models/small-viclip.js'
import { datasetOf, makeClips } from '../train/run-folder.js'
import { errorOf, makeFolder } from '../video/helpers.js'

const examples = suite('report examples')
const { folder, remove } = makeFolder()
examples.after(remove)

examples('answers are those of the model, before and after; pictures are JPEG', async () => {
  const clips = await makeClips(folder)
  const data = await datasetOf(clips, clips.train)
  const model = await ViCLIP.load(await saveSmallViClip(folder), { device: 'cpu', dtype: 'float32' })
  const adapter = MSTA.attach(model, { dim: 8, layers: [1, 2], alpha: 0.5, seed: 3 })
  const seen: number[] = []
  const found = await collectExamples({
    model,
    adapter,
    data,
    most: 6,
    shown: 2,
    onProgress: ({ done, total }) => seen.push(done / total),
  })
  assert.is(found.videos, 6)
  assert.is(seen.at(-1), 1)
  const shown = [...found.right, ...found.wrong]
  assert.ok(shown.length >= 2)
  for (const { path, label, after, before, pictures } of shown) {
    const { file } = data.entries.find((entry) => entry.path === path)!
    const { predictions } = await model.classify(file, data.labels.names, { adapter })
    assert.equal(after, predictions)
    assert.equal(before, (await model.classify(file, data.labels.names)).predictions)
    assert.is(
      found.right.some((one) => one.path === path),
      after[0]!.label === label,
    )
    const { strip, ...attention } = pictures!
    assert.equal([...strip.jpeg.subarray(0, 3)], [0xff, 0xd8, 0xff])
    assert.ok(strip.jpeg.length < 40_000)
    const { frames, resolution, patchSize } = model.config.video
    assert.equal(
      strip.shown,
      Array.from({ length: frames }, (_, t) => t),
    )
    for (const seen of [attention.before!, attention.after])
      assert.equal([seen.frames, seen.grid], [frames, resolution / patchSize])
    assert.not.equal(attention.before, attention.after)
  }
  // As evenly of the two classes as can be.
  const { videos, before, after } = found.map
  assert.equal(
    data.labels.names.map((name) => videos.filter(({ label }) => label === name).length),
    [3, 3],
  )
  assert.equal([before!.points.length, after.points.length], [6, 6])
  const alone = await collectExamples({ model, data, most: 3, shown: 1 })
  assert.equal([alone.map.before, alone.map.after.points.length], [null, 3])
  const stop = AbortSignal.abort(new Error('enough'))
  assert.match((await errorOf(() => collectExamples({ model, data, signal: stop }))).message, 'enough')
  adapter.dispose()
  model.dispose()
})

examples('the projection finds the two directions that rows differ in', async () => {
  // Rows of length 1 around [1, 0, ..., 0]: far apart along one axis, less along another, hardly along a third.
  const rows = Array.from({ length: 40 }, (_, i) => {
    const row = new Float64Array(10)
    const [a, b, c] = [Math.sin(i * 7.1), Math.sin(i * 3.3), Math.sin(i * 5.7)]
    row[4] = 0.5 * a
    row[7] = 0.2 * b
    row[2] = 0.001 * c
    row[0] = Math.sqrt(1 - row[4] ** 2 - row[7] ** 2 - row[2] ** 2)
    return row
  })
  const { points, explained } = await project(rows)
  const correlation = (values: number[], others: number[]) => {
    const centre = (list: number[]) => list.map((x) => x - list.reduce((sum, y) => sum + y, 0) / list.length)
    const [a, b] = [centre(values), centre(others)]
    const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0)
    return Math.abs(dot(a, b)) / Math.sqrt(dot(a, a) * dot(b, b))
  }
  assert.ok(
    correlation(
      points.map(({ x }) => x),
      rows.map((row) => row[4]!),
    ) > 0.99,
  )
  assert.ok(
    correlation(
      points.map(({ y }) => y),
      rows.map((row) => row[7]!),
    ) > 0.97,
  )
  assert.ok(explained[0] > explained[1] && explained[0] + explained[1] > 0.95)
  // Longer rows of the same directions lie where the others do.
  const longer = await project(rows.map((row, i) => row.map((value) => value * (i + 1))))
  assert.ok(points.every(({ x }, i) => Math.abs(x - longer.points[i]!.x) < 1e-9))
})

examples('rows without a difference, one row, none', async () => {
  assert.equal(await project([]), { points: [], explained: [0, 0] })
  for (const rows of [
    [[1, 2]],
    [
      [1, 2],
      [1, 2],
    ],
    [
      [0, 0],
      [0, 0],
    ],
  ]) {
    const { points } = await project(rows)
    assert.ok(points.every(({ x, y }) => Math.abs(x) < 1e-12 && Math.abs(y) < 1e-12))
  }
})

examples.run()
