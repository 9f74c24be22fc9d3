import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Patience } from '../../../lib/text/describe/patience.js'
import { ServiceError } from '../../../lib/text/describe/service.js'
import { rejection } from '../../support/errors.js'

const patience = suite('patience')
const NEVER = new AbortController().signal

/** Asks that fail with these errors, one after another, and then give their number. */
function failing(...errors: Error[]) {
  let asked = 0
  const ask = async () => {
    const error = errors[asked++]
    if (error) throw error
    return asked
  }
  return { ask, asked: () => asked }
}

patience('asks again what may pass, so many times', async () => {
  const busy = () => new ServiceError('busy', 'retry')
  const waits: number[] = []
  const three = new Patience(3, 4, (_, ms) => waits.push(ms))
  assert.is(await three.run(failing(busy(), busy()).ask, NEVER), 3)
  const [first, second] = waits as [number, number]
  assert.ok(first >= 3 && first <= 5 && second >= 6 && second <= 10, `${waits}`)
  const last = busy()
  const hopeless = failing(busy(), busy(), last, busy())
  assert.is(await rejection(three.run(hopeless.ask, NEVER)), last)
  assert.is(hopeless.asked(), 3)
})

patience('does not ask again what cannot pass', async () => {
  for (const error of [new ServiceError('wrong key', 'stop'), new Error('a defect')]) {
    const once = failing(error)
    assert.is(await rejection(new Patience(3, 1, () => {}).run(once.ask, NEVER)), error)
    assert.is(once.asked(), 1)
  }
})

patience('a wait that was asked for holds for others, too', async () => {
  let told = () => {}
  const waiting = new Promise<void>((resolve) => {
    told = resolve
  })
  const shared = new Patience(3, 1, () => told())
  const limited = shared.run(failing(new ServiceError('slow down', 'retry', 200)).ask, NEVER)
  await waiting
  const started = performance.now()
  await shared.run(failing().ask, NEVER)
  // Timers may be a millisecond early.
  assert.ok(performance.now() - started > 150)
  assert.is(await limited, 2)
})

patience('an abort ends a wait', async () => {
  const reason = new Error('enough')
  for (const waitMs of [500_000, undefined]) {
    const controller = new AbortController()
    const slow = new Patience(3, 500_000, () => setTimeout(() => controller.abort(reason), 10))
    const limited = failing(new ServiceError('slow down', 'retry', waitMs))
    assert.is(await rejection(slow.run(limited.ask, controller.signal)), reason)
    assert.is(limited.asked(), 1)
  }
})

patience.run()
