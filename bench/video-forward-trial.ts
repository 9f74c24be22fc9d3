// One process, one model: the times and the peak memory of a ViCLIP video forward. Run by video-forward.ts.
import { parseArgs } from 'node:util'
import { videoMacs } from '../lib/models/viclip/flops.js'
import { Graph } from '../lib/tensor/graph.js'
import { fillNormal } from '../lib/tensor/ops/random-normal.js'
import type { Video } from '../lib/tensor/shape.js'
import { Tensor } from '../lib/tensor/tensor.js'
import { printTrial } from './trial.js'
import { MODEL_OPTIONS, randomModel } from './trial-model.js'

const { values } = parseArgs({
  options: {
    ...MODEL_OPTIONS,
    batch: { type: 'string', default: '1' },
    graph: { type: 'boolean', default: false },
  },
})
const batch = Number(values.batch)
const { model } = await randomModel(values)
const { device, config } = model
const { frames, resolution } = config.video
const video = Tensor.empty(device, [batch, 3, frames, resolution, resolution] as Video)
fillNormal(video, 1, { seed: 1, stream: 0 })

const graph = values.graph ? Graph.record(device, () => model.encodeVideo(video)) : undefined
const forward = async () => {
  if (graph) {
    graph.run()
    return device.synchronize()
  }
  const features = model.encodeVideo(video)
  if (device.name === 'cpu') await features.data()
  else await device.synchronize()
  features.dispose()
}
await printTrial(device, forward, {
  warmup: Number(values.warmup),
  repeat: Number(values.repeat),
  details: async () => {
    const features = graph ? graph.outputs : model.encodeVideo(video)
    if (!(await features.data()).every(Number.isFinite)) throw new Error('the embedding is not finite')
    return { gflop: (2 * videoMacs(config).total * batch) / 1e9 }
  },
})
