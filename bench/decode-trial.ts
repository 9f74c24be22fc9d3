// One process: how long a core takes to decode a clip, sample its frames and preprocess them. Run by clips.ts.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { viewsToTensor } from '../lib/recognition/clips.js'
import { splitClips } from '../lib/recognition/viclip.js'
import { Device, type DeviceName } from '../lib/runtime/device.js'
import { decodeMany } from '../lib/video/decode-many.js'
import { sampleTest } from '../lib/video/sampling.js'
import { testTransforms } from '../lib/video/transforms.js'
import { printTrial } from './trial.js'
import { CLIP_OPTIONS, videosOf } from './trial-clips.js'

const FRAMES = 8
const { values, positionals } = parseArgs({ allowPositionals: true, options: CLIP_OPTIONS })
const videos = videosOf(positionals[0], Number(values.copies))
const size = Number(values.size)
const device = await Device.open(values.device as DeviceName)

async function decodeAll() {
  const jobs = videos.map((path) => ({ path, select: (count: number) => sampleTest(count, FRAMES) }))
  for await (const result of decodeMany(jobs)) {
    if (!result.ok) throw result.error
    const { clip } = result
    const views = splitClips(clip, FRAMES, testTransforms(clip.width, clip.height, { size, crops: 1 }))
    const tensor = await viewsToTensor(device, views)
    await device.synchronize()
    tensor.dispose()
  }
}
await printTrial(device, decodeAll, {
  warmup: 1,
  repeat: Number(values.repeat),
  each: videos.length / availableParallelism(),
  details: async () => ({ clips: videos.length }),
})
