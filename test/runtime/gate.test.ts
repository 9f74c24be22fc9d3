import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createGate } from '../../lib/runtime/gate.js'

const test = suite('runtime/gate')

test('tasks run in turn, so many at a time and no more, failures and late comers included', async () => {
  const gate = createGate(3)
  const order: number[] = []
  let running = 0
  let most = 0
  const task = (i: number) => async () => {
    order.push(i)
    most = Math.max(most, ++running)
    await new Promise((resolve) => setImmediate(resolve))
    running--
    if (i % 7 === 0) throw new Error(String(i))
    return i
  }
  const COUNT = 5000
  const numbers = Array.from({ length: COUNT }, (_, i) => i)
  const results = await Promise.allSettled(numbers.map((i) => gate(task(i))))
  assert.is(await gate(task(COUNT + 2)), COUNT + 2)
  assert.equal(order, [...numbers, COUNT + 2])
  assert.equal([running, most], [0, 3])
  for (const [i, result] of results.entries())
    assert.is(result.status, i % 7 === 0 ? 'rejected' : 'fulfilled', String(i))
})

test.run()
