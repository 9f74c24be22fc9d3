/** What a job's errors tell, and whom they reach. `test/lifecycle/jobs.test.ts` has the rest. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { MstaError } from '../../lib/runtime/errors.js'
import { Job, withJob } from '../../lib/runtime/job.js'
import { softmaxCrossEntropy } from '../../lib/tensor/ops/cross-entropy.js'
import { gatherRows } from '../../lib/tensor/ops/gather-rows.js'
import { linear } from '../../lib/tensor/ops/linear.js'
import { scope } from '../../lib/tensor/scope.js'
import type { Matrix, Vector } from '../../lib/tensor/shape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { testDevice } from '../support/device.js'
import { hasCode, rejection } from '../support/errors.js'

import { noLeaks } from './no-leaks.js'

const jobs = suite('jobs')
const test = noLeaks(jobs)
const device = testDevice()

function values(body: () => Tensor): Promise<Float32Array> {
  const tensor = scope(body).keep()
  const data = tensor.data()
  tensor.dispose()
  return data
}

const rows = () => Tensor.from(device, [1, 2, 3, 4, 5, 6], [3, 2] as Matrix)
const working = () => values(() => gatherRows(rows(), [2, 0]))
const gatherBeyond = () => values(() => gatherRows(rows(), [0, 7]))

/** Enough work that what is queued behind it is still waiting when this returns. */
function keepBusy(): void {
  scope(() => {
    const square = Tensor.from(device, new Float32Array(256 * 256).fill(0.01), [256, 256] as Matrix)
    let x: Tensor = square
    for (let i = 0; i < 60; i++) x = linear(x, square)
  })
}

test('a failed kernel names itself, its shapes and the line that called it', async () => {
  const error = (await rejection(withJob(undefined, (job) => job.run(gatherBeyond)))) as MstaError
  assert.ok(hasCode(error.code, 'gather_rows')(error))
  assert.is(error.op, 'gather_rows_forward')
  assert.equal(error.shapes, { x: [3, 2], indices: [2], out: [2, 2] })
  assert.match(error.stack ?? '', /^MstaError: .*\n\s+at /)
  assert.match(error.stack ?? '', 'gatherBeyond')
  assert.match(error.stack ?? '', 'jobs.test')
})

test('so does the second of two, after results that came before it', async () => {
  await withJob(undefined, async (job) => {
    const [first, second] = job.run(() => {
      const first = working()
      keepBusy()
      return [first, gatherBeyond()]
    })
    const failing = rejection(second!)
    assert.equal([...(await first!)], [5, 6, 1, 2])
    const error = (await failing) as MstaError
    assert.is(
      error.op,
      'gather_rows_forward',
      'a result that arrives must not wipe what is known of later calls',
    )
    assert.equal(error.shapes?.x, [3, 2])
    assert.match(error.stack ?? '', 'jobs.test')
  })
})

test('other jobs go on, and so does what is called outside any job afterwards', async () => {
  const failing = rejection(withJob(undefined, (job) => job.run(gatherBeyond)))
  const loose = working()
  const other = withJob(undefined, (job) => job.run(working))
  assert.equal([...(await loose)], [5, 6, 1, 2])
  assert.equal([...(await other)], [5, 6, 1, 2])
  assert.is(((await failing) as MstaError).op, 'gather_rows_forward')
  const looseFailure = rejection(gatherBeyond())
  const meanwhile = withJob(undefined, (job) => job.run(working))
  assert.is(((await looseFailure) as MstaError).op, 'gather_rows_forward')
  assert.equal([...(await meanwhile)], [5, 6, 1, 2])
  assert.equal([...(await working())], [5, 6, 1, 2])
})

test("an abort rejects with the signal's own reason, whatever it is", async () => {
  for (const reason of [new Error('enough'), 'a word', { code: 7 }]) {
    const controller = new AbortController()
    const waiting = rejection(
      withJob(controller.signal, (job) =>
        job.run(() => {
          keepBusy()
          return working()
        }),
      ),
    )
    controller.abort(reason)
    assert.is(await waiting, reason)
  }
  const plain = new AbortController()
  const work = withJob(plain.signal, (job) =>
    job.run(() => {
      keepBusy()
      return working()
    }),
  )
  plain.abort()
  assert.is(await rejection(work), plain.signal.reason)
  assert.is((plain.signal.reason as Error).name, 'AbortError')
})

test('an abort reaches one job only, and a signal may serve several', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const busy = (signal?: AbortSignal) =>
    withJob(signal, (job) =>
      job.run(() => {
        keepBusy()
        return working()
      }),
    )
  const aborted = [rejection(busy(controller.signal)), rejection(busy(controller.signal))]
  const other = busy()
  controller.abort(reason)
  for (const error of await Promise.all(aborted)) assert.is(error, reason)
  assert.equal([...(await other)], [5, 6, 1, 2])
})

test('a job whose signal is aborted takes no more work', async () => {
  const controller = new AbortController()
  const job = new Job(controller.signal)
  const reason = new Error('enough')
  controller.abort(reason)
  let ran = false
  const attempt = () =>
    job.run(() => {
      ran = true
    })
  assert.throws(attempt, (error: unknown) => error === reason)
  assert.not(ran)
  assert.throws(
    () => new Job(controller.signal),
    (error: unknown) => error === reason,
  )
  job.end()
})

test('an ended job does not listen any more', async () => {
  const controller = new AbortController()
  const result = await withJob(controller.signal, async (job) => ({ job, values: await job.run(working) }))
  controller.abort()
  assert.equal([...result.values], [5, 6, 1, 2])
  assert.equal([...(await working())], [5, 6, 1, 2])
})

test('jobs nest: the innermost one owns the work', async () => {
  const outer = new Job()
  const inner = new Job()
  const [bad, good] = outer.run(() => [rejection(inner.run(gatherBeyond)), working()] as const)
  assert.is(((await bad) as MstaError).op, 'gather_rows_forward')
  assert.equal([...(await good)], [5, 6, 1, 2])
  outer.end()
  inner.end()
})

test('labels of the wrong type are named', async () => {
  const attempt = async () =>
    values(() => {
      const logits = Tensor.from(device, [1, 2, 3, 4], [2, 2] as Matrix)
      return softmaxCrossEntropy(logits, Tensor.from(device, [0, 1], [2] as Vector))
    })
  const error = (await rejection(attempt())) as MstaError
  assert.ok(hasCode(error.code, '[softmax_cross_entropy', 'labels')(error))
  assert.match(error.op ?? '', /^softmax_cross_entropy/)
  assert.ok(error.shapes?.labels)
})

jobs.run()
