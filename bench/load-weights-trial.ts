// One process: from its start to the first video embedding of a checkpoint. Run by load-weights.ts.
import { parseArgs } from 'node:util'
import { ViCLIP, type ViClipLoadOptions } from '../lib/recognition/viclip.js'
import type { DeviceName } from '../lib/runtime/device.js'
import { STARTED } from './contest.js'
import { peakRssMb } from './trial.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { device: { type: 'string', default: 'cpu' }, dtype: { type: 'string', default: 'float32' } },
})
const options = { device: values.device as DeviceName, dtype: values.dtype as ViClipLoadOptions['dtype'] }
const model = await ViCLIP.load(positionals[0]!, options)
const { frames, resolution } = model.config.video
const shape = [1, 3, frames, resolution, resolution]
const data = new Float32Array(shape.reduce((size, n) => size * n, 1)).fill(0.5)
const embedding = await model.encodeVideo({ data, shape })
const times = [Date.now() - Number(process.env[STARTED])]
if (!embedding.data.every(Number.isFinite)) throw new Error('the embedding is not finite')
console.log(JSON.stringify({ times, peakRssMb: peakRssMb() }))
