// How long training waits for its clips, by epoch, without and with a frame cache: `node dist/bench/waiting.js [--model
// random:b16] [--batch 2] [--epochs 3] [--classes 51] [--videos FOLDER]`. Prints a line an epoch, and at last JSON.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Dataset } from '../lib/data/dataset.js'
import { ViCLIP } from '../lib/recognition/viclip.js'
import type { DeviceName } from '../lib/runtime/device.js'
import { resolveRecipe } from '../lib/train/recipes.js'
import { train } from '../lib/train/train.js'
import { makeClips } from './clips.js'
import { median } from './result.js'
import { videosOf } from './trial-clips.js'

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'random:b16' },
    device: { type: 'string', default: 'cpu' },
    batch: { type: 'string', default: '2' },
    epochs: { type: 'string', default: '3' },
    classes: { type: 'string', default: '51' },
    set: { type: 'string', multiple: true, default: [] },
    videos: { type: 'string' },
  },
})
const folder = mkdtempSync(path.join(tmpdir(), 'msta-waiting-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const videos = values.videos ?? path.join(folder, 'clips')
if (!values.videos) await makeClips(videos)

const names = Array.from({ length: Number(values.classes) }, (_, i) => `action ${i}`)
const data: Dataset = {
  root: videos,
  entries: videosOf(videos, 1).map((file, i) => ({ file, path: file, label: i % names.length, line: i + 1 })),
  labels: { names, file: null, sha256: null },
  list: { file: videos, sha256: '' },
  missing: [],
}
const settings = ['lambda=0', `batchSize=${values.batch}`, `epochs=${values.epochs}`, 'warmupEpochs=1']
const recipe = await resolveRecipe('few-shot', [...settings, ...values.set])
const model = await ViCLIP.load(values.model, { device: values.device as DeviceName })

interface Row {
  cache: boolean
  epoch: number
  /** Median of the steps, in seconds, with the wait. */
  step: number
  /** The first step's, which finds nothing loaded ahead. */
  firstWait: number
  /** Of all seconds of the epoch. */
  waitingShare: number
}

const rows: Row[] = []
for (const cache of [false, true]) {
  const steps: { epoch: number; seconds: number; secondsWaiting: number }[] = []
  const cacheFrames = cache ? { folder: path.join(folder, 'frames') } : undefined
  const { adapter } = await train({
    model,
    data,
    recipe,
    cacheFrames,
    onProgress: (each) => steps.push(each),
  })
  adapter.dispose()
  for (let epoch = 0; epoch < recipe.epochs; epoch++) {
    const own = steps.filter((step) => step.epoch === epoch)
    const sum = (what: 'seconds' | 'secondsWaiting') => own.reduce((total, step) => total + step[what], 0)
    const row = {
      cache,
      epoch,
      step: median(own.map(({ seconds }) => seconds)),
      firstWait: own[0]!.secondsWaiting,
      waitingShare: sum('secondsWaiting') / sum('seconds'),
    }
    rows.push(row)
    const what = `${cache ? 'frame cache' : 'decoding'}, epoch ${epoch + 1}: ${row.step.toFixed(3)} s a step, waiting`
    const share = `${(100 * row.waitingShare).toFixed(2)} % of it`
    console.log(`${what} ${share}, ${row.firstWait.toFixed(3)} s for the first clips`)
  }
}
model.dispose()
console.log(JSON.stringify(rows))
