import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { FrameTime } from '../../lib/video/frame-times.js'
import { sampleTest } from '../../lib/video/sampling.js'
import { parseSeconds, planWindows, type WindowOptions } from '../../lib/video/window-plan.js'
import { hasCode, rejection } from '../support/errors.js'

const test = suite('video/window-plan')

const SECOND = 1_000_000

/** Frames at these seconds, each shown until the next, the last for `lastFor` seconds. */
function timesAt(seconds: readonly number[], lastFor = 0.1): FrameTime[] {
  const starts = seconds.map((time) => Math.round(time * SECOND))
  return starts.map((start, i) => ({
    start,
    duration: (starts[i + 1] ?? start + Math.round(lastFor * SECOND)) - start,
  }))
}

const regular = (count: number, fps: number, origin = 0) =>
  timesAt(
    Array.from({ length: count }, (_, i) => origin + i / fps),
    1 / fps,
  )

async function plan(times: readonly FrameTime[], options: WindowOptions, frames = 4) {
  async function* asTheyCome() {
    yield* times
  }
  const plans = []
  for await (const window of planWindows(asTheyCome(), options, frames)) plans.push(window)
  return plans
}

const spans = (plans: readonly { start: number; end: number; count: number }[]) =>
  plans.map(({ start, end, count }) => [start, end, count])

test('windows begin a stride apart, and take the test view of their own frames', async () => {
  const plans = await plan(regular(50, 10), { windowSeconds: 2, strideSeconds: 1 })
  assert.equal(spans(plans), [
    [0, 2, 20],
    [1, 3, 20],
    [2, 4, 20],
    [3, 5, 20],
  ])
  for (const [k, { indices }] of plans.entries())
    assert.equal(
      indices,
      sampleTest(20, 4).map((index) => 10 * k + index),
    )
})

test('without a stride, windows follow each other', async () => {
  assert.equal(spans(await plan(regular(40, 10), { windowSeconds: 2 })), [
    [0, 2, 20],
    [2, 4, 20],
  ])
})

test('the last window ends with the video, and none is left over for what the one before has seen', async () => {
  const plans = await plan(regular(47, 10), { windowSeconds: 2, strideSeconds: 1 })
  assert.equal(spans(plans).slice(2), [
    [2, 4, 20],
    [3, 4.7, 17],
  ])
  assert.equal(
    plans[3]!.indices,
    sampleTest(17, 4).map((index) => 30 + index),
  )
})

test('a video shorter than a window is one window', async () => {
  for (const [count, end] of [
    [1, 0.1],
    [3, 0.3],
    [20, 2],
  ] as const) {
    const plans = await plan(regular(count, 10), { windowSeconds: 2, strideSeconds: 0.5 })
    assert.equal(spans(plans), [[0, end, count]])
    assert.equal(plans[0]!.indices, sampleTest(count, 4))
  }
})

test('a stride longer than the window leaves frames out', async () => {
  assert.equal(spans(await plan(regular(42, 10), { windowSeconds: 1, strideSeconds: 2 })), [
    [0, 1, 10],
    [2, 3, 10],
    [4, 4.2, 2],
  ])
  assert.equal(spans(await plan(regular(36, 10), { windowSeconds: 1, strideSeconds: 2 })), [
    [0, 1, 10],
    [2, 3, 10],
  ])
})

test('the first window begins with the first frame', async () => {
  const plans = await plan(regular(15, 10, 3), { windowSeconds: 1 })
  assert.equal(spans(plans), [
    [3, 4, 10],
    [4, 4.5, 5],
  ])
})

test('the frames of a varying rate are counted by their times', async () => {
  const times = timesAt([0, 0.1, 0.2, 0.9, 1, 1.8, 2, 2.5])
  const plans = await plan(times, { windowSeconds: 1, strideSeconds: 1 }, 2)
  assert.equal(spans(plans), [
    [0, 1, 4],
    [1, 2, 2],
    [2, 2.6, 2],
  ])
  assert.equal(
    plans.map(({ indices }) => indices),
    [
      [1, 3],
      [4, 5],
      [6, 7],
    ],
  )
})

test('a window in which no frame begins shows the frame before it', async () => {
  const plans = await plan(timesAt([0, 0.5, 5.2, 5.4]), { windowSeconds: 2, strideSeconds: 1 }, 2)
  assert.equal(
    plans.map(({ start, first, count, indices }) => [start, first, count, ...indices]),
    [
      [0, 0, 2, 0, 1],
      [1, 1, 1, 1, 1],
      [2, 1, 1, 1, 1],
      [3, 1, 1, 1, 1],
      [4, 2, 2, 2, 3],
    ],
  )
})

test('frame times that are no whole microseconds leave no sliver of a window', async () => {
  const fps = 30_000 / 1001
  for (const seconds of [2.002, 4.004, 1.001]) {
    const plans = await plan(regular(240, fps), { windowSeconds: seconds })
    assert.equal(
      plans.map(({ count }) => count),
      Array(Math.round(8.008 / seconds)).fill(Math.round(seconds * fps)),
    )
  }
})

test('a window is told as soon as the frame after it is seen', async () => {
  let seen = 0
  async function* endless() {
    for (; ; seen++) yield { start: seen * 100_000, duration: 100_000 }
  }
  const plans = planWindows(endless(), { windowSeconds: 2, strideSeconds: 1 }, 4)
  for (let k = 0; k < 50; k++) {
    const { value } = await plans.next()
    assert.equal([value!.start, seen], [k, 20 + 10 * k])
  }
  await plans.return()
})

test('lengths that are no time are refused', async () => {
  for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e-9, '2' as unknown as number]) {
    const isRefused = hasCode('ERR_ARGUMENT', String(wrong))
    assert.ok(isRefused(await rejection(plan([], { windowSeconds: wrong }))))
    assert.ok(isRefused(await rejection(plan([], { windowSeconds: 2, strideSeconds: wrong }))))
  }
})

test('times are read as people write them', () => {
  const readings = { '2s': 2, '500ms': 0.5, '2': 2, ' 1.5 s ': 1.5, '.5': 0.5, '1500ms': 1.5 }
  for (const [text, seconds] of Object.entries(readings)) assert.is(parseSeconds(text, '--window'), seconds)
  for (const text of [
    '',
    '0',
    '0s',
    '-1',
    '-1s',
    'two',
    '2m',
    '1e3',
    's',
    '2 2',
    'NaN',
    `1${'0'.repeat(400)}`,
  ])
    assert.throws(() => parseSeconds(text, '--window'), hasCode('ERR_ARGUMENT', `--window "${text}"`))
})

test.run()
