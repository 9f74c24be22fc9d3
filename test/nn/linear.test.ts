/** Packed weights: made once, whole, and in place of the unpacked ones. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Linear } from '../../lib/nn/linear.js'
import { Job } from '../../lib/runtime/job.js'
import { Graph } from '../../lib/tensor/graph.js'
import { scope } from '../../lib/tensor/scope.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { testDevice } from '../support/device.js'
import { skipUnless } from '../support/skip.js'
import { noLeaks } from '../tensor/no-leaks.js'

const linears = suite('nn: linear')
const device = testDevice()
const onCpu =
  device.name === 'cpu' ? noLeaks(linears) : skipUnless(linears, false, 'weights are packed on the CPU alone')
const [OUT, IN] = [40, 24]

function layer(packing: 'float32' | 'bfloat16' | 'int8') {
  const values = Float32Array.from({ length: OUT * IN }, (_, i) => ((i * 37) % 64) / 64 - 0.5)
  const storage = packing === 'float32' ? 'float32' : 'bfloat16'
  const weight = Tensor.from(device, values, [OUT, IN], storage).keep()
  const bias = Tensor.from(device, new Float32Array(OUT), [OUT]).keep()
  const linear = new Linear(weight, bias, packing)
  const x = Tensor.from(device, new Float32Array(IN).fill(1), [1, IN]).keep()
  const run = async () => {
    const out = scope(() => linear.forward(x))
    const data = await out.data()
    out.dispose()
    return data
  }
  const dispose = () => {
    for (const tensor of [x, weight, bias]) tensor.dispose()
    linear.forgetPacked()
  }
  return { values, x, weight, linear, run, dispose }
}

const sums = (values: Float32Array) =>
  Array.from({ length: OUT }, (_, i) => values.subarray(i * IN, (i + 1) * IN).reduce((a, b) => a + b, 0))

for (const packing of ['float32', 'bfloat16'] as const)
  onCpu(`${packing}: the unpacked weight goes, and comes back with the same values`, async () => {
    const { values, weight, run, dispose } = layer(packing)
    const first = await run()
    assert.equal([...first], sums(values))
    assert.ok(weight.isEvicted)
    const { buffers } = device.memory()
    assert.equal(await run(), first)
    assert.is(device.memory().buffers, buffers, 'packed again')
    assert.equal(await weight.data(), values)
    assert.ok(weight.isEvicted)
    assert.is(device.memory().buffers, buffers, 'a look brings it back')
    void weight.buffer
    assert.not.ok(weight.isEvicted)
    assert.equal(await weight.data(), values)
    assert.equal(await run(), first)
    assert.ok(weight.isEvicted)
    dispose()
  })

onCpu('int8: the weight that comes back is the one computed with', async () => {
  const { values, weight, run, dispose } = layer('int8')
  await run()
  const back = await weight.data()
  assert.not.equal(back, values)
  back.forEach((value, i) => {
    assert.ok(Math.abs(value - values[i]!) <= 0.5 / 127, `${value} for ${values[i]}`)
  })
  dispose()
})

onCpu('new values count once packed ones are forgotten', async () => {
  const { values, weight, linear, run, dispose } = layer('float32')
  const first = await run()
  weight.set(values.map((value) => 2 * value))
  linear.forgetPacked()
  assert.equal(
    await run(),
    first.map((value) => 2 * value),
  )
  dispose()
})

onCpu('a weight made trainable is there unpacked', async () => {
  const { values, weight, run, dispose } = layer('float32')
  const first = await run()
  weight.requiresGrad = true
  assert.equal(await run(), first)
  assert.not.ok(weight.isEvicted)
  assert.equal(await weight.data(), values)
  dispose()
})

onCpu('a graph reads the weight that it was recorded with, packed or not', async () => {
  for (const isPacked of [false, true]) {
    const { values, x, linear, run, dispose } = layer('float32')
    if (isPacked) await run()
    const graph = Graph.record(device, () => linear.forward(x))
    assert.equal([...(await run())], sums(values))
    // What was given back is overwritten.
    const others = [1, 2, 3].map(() => Tensor.from(device, new Float32Array(OUT * IN), [OUT, IN]))
    assert.equal([...(await graph.run().data())], sums(values))
    for (const each of [graph, ...others]) each.dispose()
    dispose()
  }
})

onCpu('an abort of the work that uses them first spoils neither form', async () => {
  const { values, weight, linear, run, dispose } = layer('float32')
  const abort = new AbortController()
  const job = new Job(abort.signal)
  // The abort comes before the stream gets that far, or not: nothing may depend on it.
  job.run(() => linear.pack())
  abort.abort()
  assert.equal([...(await run())], sums(values))
  const second = new AbortController()
  new Job(second.signal).run(() => void weight.buffer)
  second.abort()
  assert.equal(await weight.data(), values)
  dispose()
})

linears.run()
