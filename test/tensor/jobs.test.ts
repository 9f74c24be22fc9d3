/** What a job's errors tell, and whom they reach. `test/lifecycle/jobs.test.ts` has the rest. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Device } from '../../lib/runtime/device.js'
import type { MstaError } from '../../lib/runtime/errors.js'
import { Job, withJob } from '../../lib/runtime/job.js'
import { softmaxCrossEntropy } from '../../lib/tensor/ops/cross-entropy.js'
import { gatherRows } from '../../lib/tensor/ops/gather-rows.js'
import { linear } from '../../lib/tensor/ops/linear.js'
import { scope } from '../../lib/tensor/scope.js'
import type { Matrix, Vector } from '../../lib/tensor/shape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { hasCode, rejection } from '../support/errors.js'

const jobs = suite('jobs')
const device = Device.get('cpu')
let level = 0

jobs.before.each(() => {
  level = device.memory().active
})
jobs.after.each(() => {
  assert.is(device.memory().active, level, 'memory is left')
})

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

jobs('a failed kernel names itself, its shapes and the line that called it', async () => {
  const error = (await rejection(withJob(undefined, (job) => job.run(gatherBeyond)))) as MstaError
  assert.ok(hasCode(error.code, 'gather_rows')(error))
  assert.is(error.op, 'gather_rows_forward')
  assert.equal(error.shapes, { x: [3, 2], indices: [2], out: [2, 2] })
  assert.match(error.stack ?? '', /^MstaError: .*\n\s+at /)
  assert.match(error.stack ?? '', 'gatherBeyond')
  assert.match(error.stack ?? '', 'jobs.test')
})

jobs('so does the second of two, after results that came before it', async () => {
  await withJob(undefined, async (job) => {
    const [first, second] = job.run(() => {
      const first = working()
      keepBusy()
      return [first, gatherBeyond()]
    })
    const failing = rejection(second!)
    assert.equal([...(await first!)], [5, 6, 1, 2])
    const error = (await failing) as MstaError
    assert.is(error.op, 'gather_rows_forward', 'a result that arrives must not wipe what is known of later calls')
    assert.equal(error.shapes?.x, [3, 2])
    assert.match(error.stack ?? '', 'jobs.test')
  })
})

jobs('other jobs, and calls of none, go on', async () => {
  const failing = rejection(withJob(undefined, (job) => job.run(gatherBeyond)))
  const loose = working()
  const other = withJob(undefined, (job) => job.run(working))
  const looseFailure = rejection(gatherBeyond())
  assert.equal([...(await loose)], [5, 6, 1, 2])
  assert.equal([...(await other)], [5, 6, 1, 2])
  assert.is(((await failing) as MstaError).op, 'gather_rows_forward')
  assert.is(((await looseFailure) as MstaError).op, 'gather_rows_forward')
})

jobs("an abort rejects with the signal's own reason, whatever it is", async () => {
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

jobs('an abort reaches one job only, and a signal may serve several', async () => {
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

jobs('a job whose signal is aborted takes no more work', async () => {
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

jobs('an ended job does not listen any more', async () => {
  const controller = new AbortController()
  const result = await withJob(controller.signal, async (job) => ({ job, values: await job.run(working) }))
  controller.abort()
  assert.equal([...result.values], [5, 6, 1, 2])
  assert.equal([...(await working())], [5, 6, 1, 2])
})

jobs('jobs nest: the innermost one owns the work', async () => {
  const outer = new Job()
  const inner = new Job()
  const [bad, good] = outer.run(() => [rejection(inner.run(gatherBeyond)), working()] as const)
  assert.is(((await bad) as MstaError).op, 'gather_rows_forward')
  assert.equal([...(await good)], [5, 6, 1, 2])
  outer.end()
  inner.end()
})

jobs('a wrong call is refused at once, with op and shapes', () => {
  const logits = Tensor.from(device, [1, 2, 3, 4], [2, 2] as Matrix)
  const labels = Tensor.from(device, [0, 1], [2] as Vector)
  try {
    softmaxCrossEntropy(logits, labels)
    throw new Error('labels of the wrong type were taken')
  } catch (error) {
    const { op, shapes } = error as MstaError
    assert.ok(hasCode('ERR_DTYPE', '[softmax_cross_entropy_forward]', 'labels')(error))
    assert.is(op, 'softmax_cross_entropy_forward')
    assert.equal(shapes?.logits, [2, 2])
  }
  logits.dispose()
  labels.dispose()
  // What the refused call had made is garbage by now; let it go.
  level = device.memory().active
})

jobs.run()
