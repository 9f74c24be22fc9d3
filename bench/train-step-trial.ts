// One process, one model: the times, losses and peak memory of MSTA+ training steps. Run by train-step.ts.
import { parseArgs } from 'node:util'
import { MSTA } from '../lib/adapters/msta/msta.js'
import { VICLIP_B16, VICLIP_TINY } from '../lib/models/viclip/config.js'
import { type ModelDType, ViClipModel } from '../lib/models/viclip/model.js'
import { Device, type DeviceName } from '../lib/runtime/device.js'
import { fillNormal } from '../lib/tensor/ops/random-normal.js'
import type { Embeddings, Ids, Video } from '../lib/tensor/shape.js'
import { Tensor } from '../lib/tensor/tensor.js'
import { AdamW } from '../lib/train/optimizer.js'
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

/** Prompts of SOT, words, EOT, as torch_train.py makes them: the longest has `length` ids, most are shorter. */
function prompts(length: number) {
  const { vocabularySize } = config.text
  const data = new Int32Array(classes * length)
  for (let c = 0; c < classes; c++) {
    const end = length - 1 - (c % (length - 4))
    for (let i = 1; i < end; i++) data[c * length + i] = 1 + ((c * 7919 + i * 104729) % (vocabularySize - 3))
    data[c * length] = vocabularySize - 2
    data[c * length + end] = vocabularySize - 1
  }
  return { data, shape: [classes, length] as Ids }
}

function random<S extends readonly number[]>(shape: S, stream: number): Tensor<S> {
  const tensor = Tensor.empty(device, shape)
  fillNormal(tensor, 1, { seed: 1, stream })
  return tensor
}

const { frames, resolution } = config.video
const input = {
  video: random([batch, 3, frames, resolution, resolution] as Video, 0),
  prompts: prompts(promptLength),
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
    const flops = stepFlops(config, adapter.config, { batch, classes, promptLength })
    return { gflop: flops / 1e9, losses: losses.slice(0, 3), trained: adapter.parameters.count }
  },
})
