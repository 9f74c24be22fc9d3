// One process, one model: the times and the peak memory of a ViCLIP video forward. Run by video-forward.ts.
import { parseArgs } from 'node:util'
import { VICLIP_B16, VICLIP_TINY } from '../lib/models/viclip/config.js'
import { videoMacs } from '../lib/models/viclip/flops.js'
import { type ModelDType, ViClipModel } from '../lib/models/viclip/model.js'
import { Device, type DeviceName } from '../lib/runtime/device.js'
import { Graph } from '../lib/tensor/graph.js'
import { fillNormal } from '../lib/tensor/ops/random-normal.js'
import type { Video } from '../lib/tensor/shape.js'
import { Tensor } from '../lib/tensor/tensor.js'
import { printTrial } from './trial.js'

const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '1' },
    repeat: { type: 'string', default: '3' },
    warmup: { type: 'string', default: '1' },
    device: { type: 'string', default: 'cpu' },
    dtype: { type: 'string', default: 'float32' },
    graph: { type: 'boolean', default: false },
    tiny: { type: 'boolean', default: false },
  },
})
const batch = Number(values.batch)
const config = values.tiny ? VICLIP_TINY : VICLIP_B16
const device = await Device.open(values.device as DeviceName)
const model = ViClipModel.random(device, config, 0, values.dtype as ModelDType)
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
