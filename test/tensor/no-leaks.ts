import type { uvu } from 'uvu'
import * as assert from 'uvu/assert'
import { testDevice } from '../support/device.js'
import { collectGarbage } from '../support/garbage.js'

/** Registers tests that must leave as much device memory in use as they found. */
export function noLeaks<T>(suite: uvu.Test<T>): (name: string, body: () => unknown) => void {
  const device = testDevice()
  return (name, body) =>
    suite(name, async () => {
      // What an earlier, failed test has left behind must not come back in the middle of this one.
      await collectGarbage()
      const { active, buffers } = device.memory()
      await body()
      const after = device.memory()
      assert.equal([after.active, after.buffers], [active, buffers], 'bytes and buffers left in use')
    })
}
