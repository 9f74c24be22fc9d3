/** The number of threads of the CPU kernels: by environment, by call, wrong ones. */
import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { usableCpus } from '../../lib/runtime/cpus.js'
import { Device } from '../../lib/runtime/device.js'
import { setThreads, threadCount } from '../../lib/runtime/threads.js'
import { linear } from '../../lib/tensor/ops/linear.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { hasCode } from '../support/errors.js'

const threads = suite('threads of the CPU kernels')
const before = threadCount()
threads.after(() => setThreads(before))

const index = new URL('../../lib/index.js', import.meta.url)

/** What a process with this MSTA_NUM_THREADS prints as its number of threads, or its error's code and message. */
function child(value: string): string {
  const script = `import { threadCount } from ${JSON.stringify(index)}
    try { console.log(threadCount()) } catch (error) { console.log(error.code, error.message) }`
  const env = { ...process.env, MSTA_NUM_THREADS: value }
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env,
    encoding: 'utf8',
  })
  return (stdout + stderr).trim()
}

threads('are those of MSTA_NUM_THREADS, else the CPUs that may be used', () => {
  assert.is(child('3'), '3')
  assert.is(child(''), String(usableCpus()))
})

threads('a wrong MSTA_NUM_THREADS is an error that names it', () => {
  for (const wrong of ['0', '-2', '1.5', '4x', 'many', '1025']) {
    const printed = child(wrong)
    assert.match(printed, /^ERR_ARGUMENT /)
    assert.ok(printed.includes(`MSTA_NUM_THREADS=${wrong}`), printed)
  }
})

threads('can be set at any time', () => {
  for (const count of [1, 5, 2]) {
    setThreads(count)
    assert.is(threadCount(), count)
    assert.match(Device.get('cpu').description, `, ${count} threads`)
  }
})

threads('wrong numbers are refused and change nothing', () => {
  setThreads(2)
  for (const wrong of [0, -1, 1.5, Number.NaN, 1025, '4' as unknown as number])
    assert.throws(() => setThreads(wrong), hasCode('ERR_ARGUMENT', `${wrong}`))
  assert.is(threadCount(), 2)
})

threads('may change while kernels run', async () => {
  const device = Device.get('cpu')
  const x = Tensor.from(
    device,
    Float32Array.from({ length: 300 * 200 }, (_, i) => Math.sin(i)),
    [300, 200],
  )
  const weight = Tensor.from(
    device,
    Float32Array.from({ length: 64 * 200 }, (_, i) => Math.cos(i)),
    [64, 200],
  )
  const results = Array.from({ length: 60 }, (_, i) => {
    setThreads(1 + (i % 4))
    const y = linear(x, weight)
    const data = y.data()
    y.dispose()
    return data
  })
  const [first, ...others] = await Promise.all(results)
  // Equal bits are promised for equal numbers of threads alone.
  for (const other of others)
    assert.ok(
      other.every((value, i) => Math.abs(value - first![i]!) <= 1e-4),
      'not the same product',
    )
  x.dispose()
  weight.dispose()
})

threads.run()
