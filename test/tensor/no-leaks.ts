import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { uvu } from 'uvu'
import * as assert from 'uvu/assert'
import { testDevice } from '../support/device.js'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Frees what an earlier, failed test has left behind, so that it does not come back in the middle of the next. */
async function settle(): Promise<void> {
  for (let i = 0; i < 2; i++) {
    collectGarbage()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Registers tests that must leave as much device memory in use as they found. */
export function noLeaks<T>(suite: uvu.Test<T>): (name: string, body: () => unknown) => void {
  const device = testDevice()
  return (name, body) =>
    suite(name, async () => {
      await settle()
      const { active, buffers } = device.memory()
      await body()
      const after = device.memory()
      assert.equal([after.active, after.buffers], [active, buffers], 'bytes and buffers left in use')
    })
}
