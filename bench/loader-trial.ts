// One process: how long the training loader takes for a clip, on all cores, up to the device: decoding, filling a frame
// cache, or reading one. Run by clips.ts.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Dataset } from '../lib/data/dataset.js'
import { Loader } from '../lib/data/loader.js'
import { viewsToTensor } from '../lib/recognition/clips.js'
import { Device, type DeviceName } from '../lib/runtime/device.js'
import { printTrial } from './trial.js'
import { CLIP_OPTIONS, videosOf } from './trial-clips.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { ...CLIP_OPTIONS, batch: { type: 'string', default: '4' }, cache: { type: 'string' } },
})
const videos = videosOf(positionals[0], 1)
const copies = Number(values.copies)
const device = await Device.open(values.device as DeviceName)
const caches = mkdtempSync(path.join(tmpdir(), 'msta-frames-'))
process.once('exit', () => rmSync(caches, { recursive: true, force: true }))

function loaderOf(files: readonly string[], folder: string | undefined): Loader {
  const dataset: Dataset = {
    root: positionals[0]!,
    entries: files.map((file, i) => ({ file, path: file, label: 0, line: i + 1 })),
    labels: { names: ['anything'], file: null, sha256: null },
    list: { file: positionals[0]!, sha256: '' },
    missing: [],
  }
  const cacheFrames = folder === undefined ? undefined : { folder }
  const [batchSize, size] = [Number(values.batch), Number(values.size)]
  return new Loader(dataset, { mode: 'train', seed: 1, batchSize, size, cacheFrames })
}

async function loadEpoch(loader: Loader, epoch: number): Promise<void> {
  for await (const { clips, failures } of loader.batches(epoch)) {
    if (failures[0]) throw failures[0].error
    const tensor = await viewsToTensor(device, clips)
    await device.synchronize()
    tensor.dispose()
  }
}

const list = Array.from({ length: copies }, () => videos).flat()
const whole = loaderOf(list, values.cache === 'read' ? path.join(caches, 'read') : undefined)
let epoch = 0
async function loadAll(): Promise<void> {
  if (values.cache !== 'write') return loadEpoch(whole, epoch++)
  // A folder for every copy of the list: of one video only the first copy would be written.
  for (let copy = 0; copy < copies; copy++) {
    const folder = path.join(caches, 'written')
    await loadEpoch(loaderOf(videos, folder), epoch++)
    rmSync(folder, { recursive: true })
  }
}
await printTrial(device, loadAll, {
  warmup: 1,
  repeat: Number(values.repeat),
  each: list.length,
  details: async () => ({ clips: list.length }),
})
