// One process, one model: the times, losses and peak memory of MSTA+ training steps. Run by train-step.ts.
import { parseArgs } from 'node:util'
import { MSTA } from '../lib/adapters/msta/msta.js'
import { VICLIP_B16, VICLIP_TINY } from '../lib/models/viclip/config.js'
import { type ModelDType, ViClipModel } from '../lib/models/viclip/model.js'
import { Device, type DeviceName } from '../lib/runtime/device.js'
import { fillNormal } from '../lib/tensor/ops/random-normal.js'
import { scope } from '../lib/tensor/scope.js'
import type { Embeddings, Video } from '../lib/tensor/shape.js'
import { Tensor } from '../lib/tensor/tensor.js'
import { AdamW } from '../lib/train/optimizer.js'
import { lengthsOf, madeUpPrompts, trimmedRows } from './prompts.js'
import { residentStep } from './train-step-run.js'
import { printTrial } from './trial.js'
import { stepFlops } from './work.js'

const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '1' },
    repeat: { type: 'string', default: '3' },
    warmup: { type: 'string', default: '1' },
    device: { type: 'string', default: 'cpu' },
    dtype: { type: 'string', default: 'float32' },
    layers: { type: 'string', default: '8-12' },
    dim: { type: 'string', default: '128' },
    classes: { type: 'string', default: '400' },
    'prompt-length': { type: 'string', default: '12' },
    'cache-video-prefix': { type: 'boolean', default: false },
    tiny: { type: 'boolean', default: false },
  },
})
const [batch, dim, classes] = [Number(values.batch), Number(values.dim), Number(values.classes)]
const promptLength = Number(values['prompt-length'])
const config = values.tiny ? VICLIP_TINY : VICLIP_B16
const device = await Device.open(values.device as DeviceName)
const model = ViClipModel.random(device, config, 0, values.dtype as ModelDType)
const adapter = MSTA.attach(model, { dim, layers: values.layers })
const optimizer = new AdamW(adapter.parameters.entries())

function random<S extends readonly number[]>(shape: S, stream: number): Tensor<S> {
  const tensor = Tensor.empty(device, shape)
  fillNormal(tensor, 1, { seed: 1, stream })
  return tensor
}

const { frames, resolution } = config.video
const video = random([batch, 3, frames, resolution, resolution] as Video, 0)
const prompts = madeUpPrompts(config, classes, promptLength)
const input = {
  video: values['cache-video-prefix'] ? scope(() => model.prefixVideo(video, adapter)) : video,
  // As lib/train does: once a run.
  prompts: scope(() => model.prefixText(prompts, adapter)),
  labels: Array.from({ length: batch }, (_, b) => (b * 7) % classes),
  consistency: {
    lambda: 1,
    spatial: random([classes, config.embedDim] as Embeddings, 1),
    temporal: random([classes, config.embedDim] as Embeddings, 2),
  },
}
const losses: number[][] = []
const run = async () => {
  losses.push(await residentStep(adapter, optimizer, input, { step: losses.length, learningRate: 1e-3 }))
}
await printTrial(device, run, {
  warmup: Number(values.warmup),
  repeat: Number(values.repeat),
  details: async () => {
    if (!losses.flat().every(Number.isFinite)) throw new Error('a loss is not finite')
    const promptLengths = lengthsOf(trimmedRows(prompts))
    const cachesVideoPrefix = values['cache-video-prefix']
    const flops = stepFlops(config, adapter.config, { batch, promptLengths, cachesVideoPrefix })
    return { gflop: flops / 1e9, losses: losses.slice(0, 3), trained: adapter.parameters.count }
  },
})
