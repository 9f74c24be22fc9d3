// One process: how long the training loader takes for a clip, on all cores, up to the device. Run by clips.ts.
import { parseArgs } from 'node:util'
import type { Dataset } from '../lib/data/dataset.js'
import { Loader } from '../lib/data/loader.js'
import { viewsToTensor } from '../lib/recognition/clips.js'
import { Device, type DeviceName } from '../lib/runtime/device.js'
import { printTrial } from './trial.js'
import { CLIP_OPTIONS, videosOf } from './trial-clips.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { ...CLIP_OPTIONS, batch: { type: 'string', default: '4' } },
})
const videos = videosOf(positionals[0], Number(values.copies))
const device = await Device.open(values.device as DeviceName)
const dataset: Dataset = {
  root: positionals[0]!,
  entries: videos.map((file, i) => ({ file, path: file, label: 0, line: i + 1 })),
  labels: { names: ['anything'], file: null, sha256: null },
  list: { file: positionals[0]!, sha256: '' },
  missing: [],
}
const size = Number(values.size)
const loader = new Loader(dataset, { mode: 'train', seed: 1, batchSize: Number(values.batch), size })

let epoch = 0
async function loadAll() {
  for await (const { clips, failures } of loader.batches(epoch++)) {
    if (failures[0]) throw failures[0].error
    const tensor = await viewsToTensor(device, clips)
    await device.synchronize()
    tensor.dispose()
  }
}
await printTrial(device, loadAll, {
  warmup: 1,
  repeat: Number(values.repeat),
  each: videos.length,
  details: async () => ({ clips: videos.length }),
})
