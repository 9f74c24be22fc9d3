import type { DecodedFrames, Device, DeviceName, FrameTransform, itemStream, Views } from '../index.js'
import { UsageError } from './exit.js'
import { choice, flag, wholeNumber, word } from './options.js'
import { defineCommand, type Library, wordsOf } from './run.js'

const SAMPLINGS = ['test', 'multiview', 'train'] as const
const PRESETS = ['paper', 'vifi'] as const

/** `msta frames`: a video as the model sees it. */
export const frames = defineCommand({
  command: 'frames [video]',
  describe: 'Write the preprocessed frames of a video to a safetensors file',
  builder: (yargs) =>
    yargs
      .positional('video', { type: 'string', describe: 'A video file' })
      .option('out', { ...word('The safetensors file to write'), demandOption: true })
      .option('frames', { ...wholeNumber('frames', 'Frames of a clip', 1), default: 8 })
      .option('size', { ...wholeNumber('size', 'Side of the frames in pixels', 1), default: 224 })
      .option('views', { ...word('CLIPSxCROPS'), default: '1x1' })
      .option('sampling', {
        ...choice('How frames are chosen; train also draws a training transform', SAMPLINGS),
        default: 'test' as const,
      })
      .option('seed', { ...wholeNumber('seed', 'Seed of --sampling train'), default: 0 })
      .option('epoch', { ...wholeNumber('epoch', 'Epoch of --sampling train, from 0'), default: 0 })
      .option('preset', {
        ...choice('Transform of --sampling train', PRESETS),
        default: 'paper' as const,
      })
      .option('raw', {
        ...flag('Keep bytes: uint8 [views, T, H, W, 3] after resize and crop'),
        default: false,
      })
      .option('device', { ...word('auto, cpu, cuda or cuda:N'), default: 'cpu' }),
  async run(options, { library, signal, output }) {
    const { out, size, sampling, preset } = options
    const [video, ...more] = wordsOf(options, options.video === undefined ? [] : [options.video])
    if (video === undefined || more.length > 0) throw new UsageError('Name one video.')
    const views = library.parseViews(options.views)
    if (sampling === 'train' && (views.clips > 1 || views.crops > 1))
      throw new UsageError('--sampling train draws one view; leave --views out.')

    const random = (purpose: Purpose) => randomOf(library, options, purpose)
    const choose = chooseFrames(library, options.frames, sampling, views, random)
    const decoded = await library.decodeFrames(video, (count) => choose(count).flat(), { signal })
    const { width, height, frameCount } = decoded
    const transforms =
      sampling === 'train'
        ? [library.PRESETS[preset](width, height, size, random('transform'))]
        : library.testTransforms(width, height, { size, crops: views.crops })
    const indices = choose(frameCount)
    const device = await library.Device.open(options.device as DeviceName, { signal })
    const tensor = await transform(library, device, decoded, options.frames, transforms, options.raw)
    await library.writeSafetensors(
      out,
      { frames: tensor },
      { video, indices: JSON.stringify(indices) },
      { signal },
    )

    output.result({ frameCount, indices, width, height, out, shape: tensor.shape })
    output.line(`${video}: ${frameCount} frames of ${width}x${height}`)
    for (const clip of indices) output.line(`  took ${clip.join(' ')}`)
    output.line(`  wrote ${out}: ${tensor.dtype} [${tensor.shape.join(', ')}]`)
  },
})

type Sampling = (typeof SAMPLINGS)[number]
type Purpose = Parameters<typeof itemStream>[1]

/** Frame numbers of every clip, as a function of the frame count. */
function chooseFrames(
  { sampleTrain, sampleMultiView, viewIndices }: Library,
  count: number,
  sampling: Sampling,
  views: Views,
  random: (purpose: Purpose) => () => number,
): (frameCount: number) => number[][] {
  // The generator is made inside: decoding may ask more than once and must get the same answer.
  if (sampling === 'train') return (n) => [sampleTrain(n, count, random('sampling'))]
  if (sampling === 'multiview') return (n) => sampleMultiView(n, count, views.clips)
  return (n) => viewIndices(n, count, views)
}

/** The random numbers that training draws for the first video of a list. */
function randomOf(
  { itemStream }: Library,
  { seed, epoch }: { seed: number; epoch: number },
  purpose: Purpose,
): () => number {
  const stream = itemStream(seed, purpose, epoch, 0)
  return () => stream.next()
}

/** All views, clip by clip, as a tensor to write. */
async function transform(
  library: Library,
  device: Device,
  decoded: DecodedFrames,
  count: number,
  transforms: readonly FrameTransform[],
  raw: boolean,
) {
  const clips = library.splitClips(decoded, count, transforms)
  if (raw) {
    const parts = []
    for (const clip of clips) parts.push(await library.viewsToBytes(device, clip))
    const data = Buffer.concat(parts.map((part) => part.data))
    const shape = [clips.length * transforms.length, ...(parts[0]?.shape.slice(1) ?? [])]
    return { dtype: 'U8' as const, shape, data }
  }
  const batch = await library.viewsToTensor(device, clips)
  try {
    return { dtype: 'F32' as const, shape: batch.shape, data: await batch.data() }
  } finally {
    batch.dispose()
  }
}
