/** Two workers and the main thread open a plugin's devices at once, and a third worker after them. */
import * as assert from 'node:assert/strict'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { Device, findCuda, Tensor } from '../../../lib/index.js'

async function use() {
  const device = await Device.open('cuda:1')
  const numbers = [...(await Tensor.from(device, [3, 4, 5], [3]).data())]
  const { available, devices, attempts } = await findCuda()
  return { name: device.name, numbers, available, devices: devices.length, attempts: attempts.length }
}

async function worker() {
  const thread = new Worker(fileURLToPath(import.meta.url))
  const [[answer], [status]] = await Promise.all([once(thread, 'message'), once(thread, 'exit')])
  assert.equal(status, 0)
  return answer
}

if (isMainThread) {
  const works = { name: 'cuda:1', numbers: [3, 4, 5], available: true, devices: 2 }
  const atOnce = await Promise.all([worker(), worker(), use()])
  for (const { attempts, ...rest } of atOnce) {
    assert.deepEqual(rest, works)
    assert.ok(attempts <= 1)
  }
  // Nothing has to be tried again in a thread that comes later.
  assert.deepEqual(await worker(), { ...works, attempts: 0 })
  process.stdout.write('done\n')
} else parentPort!.postMessage(await use())
