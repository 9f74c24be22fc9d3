/** Cancelling, failing and waiting: what one caller does never reaches another. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MstaError } from '../../lib/runtime/errors.js'
import { withJob } from '../../lib/runtime/job.js'
import { softmaxCrossEntropy } from '../../lib/tensor/ops/cross-entropy.js'
import { scope } from '../../lib/tensor/scope.js'
import type { Matrix, Vector } from '../../lib/tensor/shape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { testDevice } from '../support/device.js'
import { rejection } from '../support/errors.js'
import { clips, forward, smallModel } from './small-model.js'

const jobs = suite('lifecycle: jobs')
const device = testDevice()

const report = (line: string) => process.stdout.write(`${line}\n`)

jobs('an AbortSignal ends long queued work at once, and the device stays usable', async () => {
  const model = smallModel()
  // Many clips, so that a forward takes the device much longer than enqueueing it takes us.
  const input = clips(16)
  const expected = await forward(model, input)
  const { active } = device.memory()
  const controller = new AbortController()
  const reason = new Error('enough')
  let abortedAt = 0
  let finished = 0
  const work = withJob(controller.signal, (job) => {
    const forwards = job.run(() => Array.from({ length: 200 }, () => forward(model, input)))
    for (const one of forwards) {
      one.then(
        () => finished++,
        () => {},
      )
    }
    forwards[0]!.then(() => {
      abortedAt = performance.now()
      controller.abort(reason)
    })
    return Promise.all(forwards)
  })
  const error = await rejection(work)
  const lateness = performance.now() - abortedAt
  report(`rejected ${lateness.toFixed(1)} ms after abort(), ${finished} of 200 forwards done`)
  assert.is(error, reason)
  assert.ok(lateness < 2000, `${lateness} ms`)
  const started = performance.now()
  assert.equal(await forward(model, input), expected)
  report(`the device answered another job ${(performance.now() - started).toFixed(1)} ms later`)
  assert.is(device.memory().active, active)
  model.dispose()
})

jobs('a signal aborted before or after the work changes nothing', async () => {
  const model = smallModel()
  const late = new AbortController()
  const values = await withJob(late.signal, (job) => job.run(() => forward(model)))
  late.abort()
  assert.equal(await forward(model), values)
  const error = await rejection(
    withJob(AbortSignal.abort(new Error('too early')), (job) => job.run(() => forward(model))),
  )
  assert.is((error as Error).message, 'too early')
  model.dispose()
})

jobs('timers run while forwards do', async () => {
  const model = smallModel()
  const input = clips()
  await forward(model, input)
  let latest = 0
  let ticks = 0
  let due = performance.now() + 5
  const timer = setInterval(() => {
    const now = performance.now()
    latest = Math.max(latest, now - due)
    due = now + 5
    ticks++
  }, 5)
  const started = performance.now()
  let forwards = 0
  while (performance.now() - started < 1000) {
    // A few at a time: what is measured is waiting for kernels, not a long stretch of enqueueing.
    await Promise.all([1, 2, 3, 4].map(() => forward(model, input)))
    forwards += 4
  }
  clearInterval(timer)
  report(`a 5 ms timer was at most ${latest.toFixed(1)} ms late, ${ticks} ticks, ${forwards} forwards`)
  // Lateness is for reading: how busy the machine is decides it. Work that blocked would leave no ticks.
  assert.ok(ticks > 1, 'the timer never ran')
  model.dispose()
})

function crossEntropyWithLabel(label: number): Promise<Float32Array> {
  const loss = scope(() => {
    const logits = Tensor.from(device, [1, 2, 3, 4, 5, 6], [2, 3] as Matrix)
    const labels = Tensor.from(device, [0, label], [2] as Vector, 'int32')
    return softmaxCrossEntropy(logits, labels)
  }).keep()
  const values = loss.data()
  loss.dispose()
  return values
}

jobs('a queued kernel that fails rejects with op, shapes and the line that enqueued it', async () => {
  const model = smallModel()
  const input = clips()
  const expected = await forward(model, input)
  const failing = rejection(withJob(undefined, (job) => job.run(() => crossEntropyWithLabel(3))))
  // Another job, enqueued before the first has failed.
  const other = withJob(undefined, (job) => job.run(() => forward(model, input)))
  const error = (await failing) as MstaError
  assert.instance(error, MstaError)
  assert.is(error.op, 'softmax_cross_entropy_forward')
  assert.equal(error.shapes?.logits, [2, 3])
  assert.equal(error.shapes?.labels, [2])
  assert.match(error.stack ?? '', 'crossEntropyWithLabel')
  assert.match(error.stack ?? '', 'jobs.test')
  assert.match(error.message, 'label')
  assert.equal(await other, expected)
  model.dispose()
})

jobs("the same without a job of one's own", async () => {
  const error = (await rejection(crossEntropyWithLabel(-1))) as MstaError
  assert.instance(error, MstaError)
  assert.is(error.op, 'softmax_cross_entropy_forward')
  const [loss] = await crossEntropyWithLabel(2)
  assert.ok(Math.abs(loss! - (2.40760596 + 0.40760596) / 2) < 1e-5, String(loss))
})

jobs('all waits of a failed job reject with its first failure', async () => {
  await withJob(undefined, async (job) => {
    const [first, second, sync] = job.run(() => [
      crossEntropyWithLabel(9),
      crossEntropyWithLabel(1),
      device.synchronize(),
    ])
    for (const promise of [first!, second!, sync!]) {
      const error = (await rejection(promise)) as MstaError
      assert.is(error.op, 'softmax_cross_entropy_forward')
    }
  })
})

jobs.run()
