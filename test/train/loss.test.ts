import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { scope } from '../../lib/tensor/scope.js'
import type { Embeddings, Vector } from '../../lib/tensor/shape.js'
import { Tape } from '../../lib/tensor/tape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { descriptionMeans, videoTextLoss } from '../../lib/train/loss.js'
import { testDevice } from '../support/device.js'
import { seededRandom } from '../support/random.js'
import { noLeaks } from '../tensor/no-leaks.js'

const losses = suite('loss')
const test = noLeaks(losses)
const device = testDevice()
const WIDTH = 5

const random = seededRandom(2)
const rows = (count: number) =>
  Array.from({ length: count }, () => Array.from({ length: WIDTH }, () => Math.fround(4 * random() - 2)))
const VIDEOS = rows(4)
const CLASSES = rows(3)
const SPATIAL = rows(3)
const TEMPORAL = rows(3)
const LABELS = [2, 0, 0, 1]
const TEMPERATURE = 0.05

const tensor = (values: number[][]) =>
  Tensor.from(device, values.flat(), [values.length, WIDTH] as Embeddings)
const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0)
const cosine = (a: number[], b: number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length

/** SPEC section 3, word for word. */
const expectedCrossEntropy = mean(
  VIDEOS.map((video, b) => {
    const logits = CLASSES.map((row) => cosine(video, row) / TEMPERATURE)
    return Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0)) - logits[LABELS[b]!]!
  }),
)
const expectedConsistency = mean(
  CLASSES.map((row, c) => 2 - cosine(row, SPATIAL[c]!) - cosine(row, TEMPORAL[c]!)),
)

/** Logits are exp(s) cos: their derivative by s is themselves. */
const expectedScaleGradient = mean(
  VIDEOS.map((video, b) => {
    const logits = CLASSES.map((row) => cosine(video, row) / TEMPERATURE)
    const total = logits.reduce((sum, x) => sum + Math.exp(x), 0)
    return logits.reduce((sum, x) => sum + (Math.exp(x) / total) * x, 0) - logits[LABELS[b]!]!
  }),
)

async function compute(lambda: number | null, labels = LABELS) {
  const parts = scope(() =>
    videoTextLoss({
      video: tensor(VIDEOS),
      classes: tensor(CLASSES),
      labels: Tensor.from(device, labels, [labels.length] as Vector, 'int32'),
      temperature: TEMPERATURE,
      consistency:
        lambda === null ? undefined : { lambda, spatial: tensor(SPATIAL), temporal: tensor(TEMPORAL) },
    }),
  )
  const read = async (part: Tensor | undefined) => (part ? (await part.data())[0]! : null)
  const values = {
    total: await read(parts.total),
    crossEntropy: await read(parts.crossEntropy),
    consistency: await read(parts.consistency),
  }
  for (const part of new Set(Object.values(parts))) part?.dispose()
  return values
}

function close(actual: number | null, expected: number, what: string): void {
  assert.ok(
    actual !== null && Math.abs(actual - expected) < 2e-6 * Math.max(1, expected),
    `${what}: ${actual}, not ${expected}`,
  )
}

test('without consistency it is the cross-entropy of cosine / temperature', async () => {
  const { total, crossEntropy, consistency } = await compute(null)
  close(total, expectedCrossEntropy, 'total')
  assert.is(crossEntropy, total)
  assert.is(consistency, null)
})

test('with consistency lambda times CC comes on top', async () => {
  for (const lambda of [1, 0.3]) {
    const { total, crossEntropy, consistency } = await compute(lambda)
    close(crossEntropy, expectedCrossEntropy, 'CE')
    close(consistency, expectedConsistency, 'CC')
    close(total, expectedCrossEntropy + lambda * expectedConsistency, 'total')
  }
})

test('contrastive: the mean of both directions, a text for each video', async () => {
  const texts = [...CLASSES, SPATIAL[0]!]
  const ownShare = (from: number[][], to: number[][]) =>
    mean(
      from.map((row, i) => {
        const logits = to.map((other) => cosine(row, other) / TEMPERATURE)
        return Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0)) - logits[i]!
      }),
    )
  const [video, classes] = [tensor(VIDEOS), tensor(texts)]
  const labels = Tensor.from(device, [0, 1, 2, 3], [4] as Vector, 'int32')
  const { total } = scope(() =>
    videoTextLoss({ video, classes, labels, temperature: TEMPERATURE, isSymmetric: true }),
  )
  close((await total.data())[0]!, (ownShare(VIDEOS, texts) + ownShare(texts, VIDEOS)) / 2, 'loss')
  for (const each of [video, classes, labels, total]) each.dispose()
})

test('the constant targets get no gradient, the rest does', () => {
  const video = tensor(VIDEOS)
  const classes = tensor(CLASSES)
  const spatial = tensor(SPATIAL)
  const temporal = tensor(TEMPORAL)
  for (const each of [video, classes]) each.requiresGrad = true
  const tape = new Tape()
  const loss = tape.watch(() =>
    scope(() => {
      const labels = Tensor.from(device, LABELS, [4] as Vector, 'int32')
      const consistency = { lambda: 1, spatial, temporal }
      return videoTextLoss({ video, classes, labels, temperature: TEMPERATURE, consistency }).total
    }),
  )
  const gradients = tape.backward(loss, [video, classes, spatial, temporal])
  assert.equal(
    [video, classes, spatial, temporal].map((each) => gradients.get(each) !== undefined),
    [true, true, false, false],
  )
  for (const each of [gradients, loss, video, classes, spatial, temporal]) each.dispose()
})

test('a temperature that trains gets the gradient of its negative logarithm; one that is frozen none', async () => {
  for (const trains of [true, false]) {
    const video = tensor(VIDEOS)
    const logScale = Tensor.from(device, [-Math.log(TEMPERATURE)], [])
    video.requiresGrad = true
    logScale.requiresGrad = trains
    const tape = new Tape()
    const loss = tape.watch(() =>
      scope(() => {
        const labels = Tensor.from(device, LABELS, [4] as Vector, 'int32')
        const inputs = { video, classes: tensor(CLASSES), labels, temperature: TEMPERATURE }
        return videoTextLoss({ ...inputs, logScale }).total
      }),
    )
    const gradients = tape.backward(loss, [video, logScale])
    const [value] = (await gradients.get(logScale)?.data()) ?? []
    if (trains) close(value!, expectedScaleGradient, 'd loss / d logScale')
    else assert.is(value, undefined)
    assert.ok(gradients.get(video))
    close((await loss.data())[0]!, expectedCrossEntropy, 'loss')
    for (const each of [gradients, loss, video, logScale]) each.dispose()
  }
})

test('description means are those of normalised rows, however many a class has', () => {
  const features = rows(6)
  const counts = [1, 3, 2]
  const means = descriptionMeans(Float32Array.from(features.flat()), counts, WIDTH)
  const unit = (row: number[]) => row.map((x) => x / Math.sqrt(dot(row, row)))
  let at = 0
  for (const [c, count] of counts.entries()) {
    const own = features.slice(at, at + count).map(unit)
    at += count
    for (let i = 0; i < WIDTH; i++)
      close(means[c * WIDTH + i]! + 10, 10 + mean(own.map((row) => row[i]!)), `class ${c}, column ${i}`)
  }
  assert.is(means.length, 3 * WIDTH)
})

test('a description of zeros counts as zeros, not as NaN', () => {
  assert.equal([...descriptionMeans(Float32Array.of(0, 0, 3, 4), [2], 2)], [0.3, 0.4].map(Math.fround))
})

losses.run()
