// @env MSTA_KERNELS=portable,emulated

/** Recorded work: the same numbers as enqueued one by one, memory of its own, and nothing left behind. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MSTA } from '../../lib/adapters/msta/msta.js'
import { ViClipModel } from '../../lib/models/viclip/model.js'
import { Job } from '../../lib/runtime/job.js'
import { Graph } from '../../lib/tensor/graph.js'
import { combine } from '../../lib/tensor/ops/combine.js'
import { gatherRows } from '../../lib/tensor/ops/gather-rows.js'
import { scope } from '../../lib/tensor/scope.js'
import type { Ids, Matrix, Vector } from '../../lib/tensor/shape.js'
import { Tape } from '../../lib/tensor/tape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { videoTextLoss } from '../../lib/train/loss.js'
import { clips, SMALL } from '../lifecycle/small-model.js'
import { targetDevice } from '../support/device.js'
import { hasCode, rejection } from '../support/errors.js'
import { skipUnless } from '../support/skip.js'

const graphs = suite(`graphs (${process.env.MSTA_KERNELS ?? 'cpu'})`)
const found = targetDevice()
const test = skipUnless(graphs, typeof found !== 'string', String(found))
const device = found as Exclude<typeof found, string>

const rows = (...values: number[]) => Tensor.from(device, values, [values.length / 2, 2] as Matrix)

/** 2 x + y, rows 1 and 0 of it, plus one: three kernels, an upload and two tensors that are not results. */
function work(x: Tensor<Matrix>, y: Tensor<Matrix>): Tensor<Matrix> {
  const sum = combine([x, y], [2, 1])
  return combine([gatherRows(sum, [1, 0])], [1], { constant: 1 }) as Tensor<Matrix>
}

test('run after run gives what the same work gives at once', async () => {
  const [x, y] = [rows(1, 2, 3, 4), rows(10, 20, 30, 40)]
  const graph = Graph.record(device, () => work(x, y))
  for (const values of [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
    [-1, 0, 1, 2],
  ]) {
    x.set(values)
    const eager = scope(() => work(x, y)).keep()
    assert.equal(await graph.run().data(), await eager.data())
    eager.dispose()
  }
  for (const each of [graph, x, y]) each.dispose()
})

test("recording runs nothing, and its memory is nobody else's", async () => {
  const [x, y] = [rows(1, 2, 3, 4), rows(10, 20, 30, 40)]
  const graph = Graph.record(device, () => work(x, y))
  // As large as what the graph uses between its kernels.
  const others = Array.from({ length: 8 }, (_, i) => rows(i, i, i, i))
  graph.run()
  const again = Array.from({ length: 8 }, (_, i) => rows(-i, -i, -i, -i))
  const out = await graph.run().data()
  assert.equal(out, Float32Array.of(37, 49, 13, 25))
  for (const [i, other] of others.entries()) assert.equal(await other.data(), Float32Array.of(i, i, i, i))
  for (const [i, other] of again.entries())
    assert.equal(
      await other.data(),
      Float32Array.of(-i, -i, -i, -i).map((v) => v + 0),
    )
  for (const each of [graph, x, y, ...others, ...again]) each.dispose()
})

test('results of a run may feed the next', async () => {
  const state = rows(1, 1, 1, 1)
  const graph = Graph.record(device, () => {
    combine([state], [2], { out: state })
  })
  for (let i = 0; i < 5; i++) graph.run()
  assert.equal(await state.data(), Float32Array.of(32, 32, 32, 32))
  graph.dispose()
  state.dispose()
})

test('dispose gives everything back', async () => {
  const { active, buffers } = device.memory()
  for (let i = 0; i < 20; i++) {
    const [x, y] = [rows(1, 2, 3, 4), rows(1, 2, 3, 4)]
    const graph = Graph.record(device, () => ({ first: work(x, y), more: [work(y, x)] }))
    graph.run()
    graph.dispose()
    graph.dispose()
    x.dispose()
    y.dispose()
  }
  await device.synchronize()
  const after = device.memory()
  assert.equal([after.active, after.buffers], [active, buffers])
})

test('after dispose a run fails', () => {
  const x = rows(1, 2)
  const graph = Graph.record(device, () => combine([x], [1]))
  graph.dispose()
  assert.throws(() => graph.run(), hasCode('ERR_DISPOSED', 'graph'))
  x.dispose()
})

test('waiting, and a graph in a graph, fail; recording ends all the same', async () => {
  const x = rows(1, 2)
  let download: Promise<unknown> | undefined
  const inside = Graph.record(device, () => {
    download = x.data().catch((error) => error)
  })
  assert.match(String(await download), /while a graph is being recorded/)
  inside.dispose()
  assert.throws(
    () => Graph.record(device, () => Graph.record(device, () => x)),
    hasCode('ERR_ARGUMENT', 'recorded already'),
  )
  assert.throws(
    () =>
      Graph.record(device, () => {
        throw new TypeError('mine')
      }),
    /mine/,
  )
  assert.equal(await combine([x], [3]).data(), Float32Array.of(3, 6))
  x.dispose()
})

test('an error in a run reaches the job that asked for it, and the stream goes on', async () => {
  const x = rows(1, 2, 3, 4)
  const graph = Graph.record(device, () => gatherRows(x, [5]))
  const job = new Job()
  const result = job.run(() => {
    const out = graph.run()
    return out.data()
  })
  assert.ok(hasCode('ERR_SHAPE', 'row index')(await rejection(result)))
  assert.equal(await combine([x], [1]).data(), Float32Array.of(1, 2, 3, 4))
  graph.dispose()
  x.dispose()
})

test('a training step as a graph: loss and every gradient are those of the step itself', async () => {
  const model = ViClipModel.random(device, SMALL, 1)
  const adapter = MSTA.attach(model, { dim: 8, layers: [1, 2], alpha: 0.5, seed: 2 })
  const parameters = [...adapter.parameters.entries()].map(([, tensor]) => tensor)
  const { data, shape } = clips(2)
  const video = Tensor.from(device, data, shape)
  const labels = Tensor.from(device, [0, 2], [2] as Vector, 'int32')
  const prompts = { data: [30, 4, 63, 30, 5, 63, 30, 6, 63], shape: [3, 3] as Ids }
  const step = () => {
    const tape = new Tape()
    const loss = tape.watch(() =>
      scope(() => {
        const classes = model.encodeText(prompts, adapter)
        const { temperature } = model
        return videoTextLoss({ video: model.encodeVideo(video, adapter), classes, labels, temperature }).total
      }),
    )
    const gradients = tape.backward(loss, parameters)
    return [loss, ...parameters.map((parameter) => gradients.get(parameter)!)]
  }
  const graph = Graph.record(device, step)
  for (const scale of [1, 0.5]) {
    video.set(data.map((x) => x * scale))
    const replayed = await Promise.all(graph.run().map((tensor) => tensor?.data()))
    const eager = step()
    assert.equal(await Promise.all(eager.map((tensor) => tensor?.data())), replayed)
    for (const tensor of eager) tensor?.dispose()
  }
  assert.ok(graph.outputs.filter(Boolean).length > 15)
  for (const each of [graph, adapter, model, video, labels]) each.dispose()
})

graphs.run()
