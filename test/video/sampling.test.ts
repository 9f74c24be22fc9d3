import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sampleMultiView, sampleTest, sampleTrain } from '../../lib/video/sampling.js'
import { errorOf } from './helpers.js'

const test = suite('video/sampling')

test('the test view is as the specification has it', () => {
  assert.equal(sampleTest(100, 8), [6, 18, 31, 43, 56, 68, 81, 93])
  assert.equal(sampleTest(8, 8), [0, 1, 2, 3, 4, 5, 6, 7])
  assert.equal(sampleTest(1, 8), [0, 0, 0, 0, 0, 0, 0, 0])
  assert.equal(sampleTest(3, 8), [0, 0, 0, 1, 1, 2, 2, 2])
})

test('a training view takes one frame of every segment', () => {
  assert.equal(
    sampleTrain(100, 8, () => 0),
    [0, 12, 24, 36, 48, 60, 72, 84],
  )
  assert.equal(
    sampleTrain(100, 8, () => 0.999999),
    [11, 23, 35, 47, 59, 71, 83, 95],
  )
})

test('a training view of a short video rounds halves to even and is not random', () => {
  const never = () => {
    throw new Error('no random number is needed')
  }
  // i * 4 / 8 = 0, .5, 1, 1.5, 2, 2.5, 3, 3.5
  assert.equal(sampleTrain(4, 8, never), [0, 0, 1, 2, 2, 2, 3, 0])
  assert.equal(sampleTrain(1, 4, never), [0, 0, 0, 0])
})

test('multi-view starts are integer linspace', () => {
  // tick = 12.5; linspace(0, 11.5, 4) = 0, 3.83, 7.67, 11.5
  const views = sampleMultiView(100, 8, 4)
  assert.equal(
    views.map((view) => view[0]),
    [0, 3, 7, 11],
  )
  assert.equal(views[1], [3, 15, 28, 40, 53, 65, 78, 90])
  assert.equal(sampleMultiView(100, 8, 1), [[0, 12, 25, 37, 50, 62, 75, 87]])
})

test('multi-view of a video shorter than the clip stays inside it', () => {
  for (const n of [1, 2, 3, 7]) {
    for (const index of sampleMultiView(n, 8, 4).flat())
      assert.ok(Number.isInteger(index) && index >= 0 && index < n)
  }
  // linspace(0, -0.5, 2) rounded down is 0, -1
  assert.equal(sampleMultiView(4, 8, 2), [
    [0, 0, 1, 1, 2, 2, 3, 3],
    [3, 3, 0, 0, 1, 1, 2, 2],
  ])
})

test('every sampler stays inside the video', () => {
  for (let n = 1; n < 70; n++) {
    for (const t of [1, 3, 8, 16]) {
      const indices = [
        ...sampleTest(n, t),
        ...sampleTrain(n, t, Math.random),
        ...sampleMultiView(n, t, 5).flat(),
      ]
      assert.is(indices.length, 7 * t)
      for (const index of indices)
        assert.ok(Number.isInteger(index) && index >= 0 && index < n, `${n} ${t} ${index}`)
    }
  }
})

test('wrong numbers are refused', async () => {
  for (const call of [
    () => sampleTest(0, 8),
    () => sampleTrain(8, 0, Math.random),
    () => sampleMultiView(8, 8, 1.5),
  ]) {
    assert.is((await errorOf(call)).code, 'ERR_ARGUMENT')
  }
})

test.run()
