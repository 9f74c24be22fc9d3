import type { Device } from '../runtime/device.js'
import { Job, withJob } from '../runtime/job.js'
import { cropClip, transformClip } from '../tensor/ops/video-transform.js'
import { type Shape, shapeError, type Video } from '../tensor/shape.js'
import { Tensor } from '../tensor/tensor.js'
import { uploadTensor } from '../tensor/upload.js'
import { type FrameTransform, MEAN, STD } from '../video/transforms.js'

/** A decoded clip and the views to take of it. */
export interface ClipViews {
  /** uint8 [frames, height, width, 3], rgb. */
  frames: Uint8Array
  height: number
  width: number
  transforms: readonly FrameTransform[]
}

async function upload(device: Device, { frames, height, width }: ClipViews, job: Job): Promise<Tensor> {
  const count = frames.length / (height * width * 3)
  if (!Number.isInteger(count))
    throw shapeError('clip', `${frames.length} bytes are no whole number of frames`, {
      frame: [height, width, 3],
    })
  return uploadTensor(device, frames, [count, height, width, 3], job)
}

/**
 * All views of some clips as one normalised batch: [views of the first clip, of the second, ...].
 *
 * @returns float32 [views, 3, frames, size, size], to be disposed by the caller
 * @throws MstaError ERR_SHAPE when the clips' frame counts or view sizes differ
 */
export async function viewsToTensor(
  device: Device,
  clips: readonly ClipViews[],
  job: Job = new Job(),
): Promise<Tensor<Video>> {
  const [first] = clips
  const view = first?.transforms[0]
  if (!first || !view) throw shapeError('views', 'there is no clip to take views of', {})
  const count = first.frames.length / (first.height * first.width * 3)
  const views = clips.reduce((sum, clip) => sum + clip.transforms.length, 0)
  const batch = Tensor.empty(device, [views, 3, count, view.size.height, view.size.width] as Video).keep()
  try {
    let index = 0
    for (const clip of clips) {
      const frames = await upload(device, clip, job)
      try {
        for (const transform of clip.transforms)
          job.run(() => transformClip(frames, transform, { mean: MEAN, std: STD }, batch, index++))
      } finally {
        frames.dispose()
      }
    }
    return batch
  } catch (error) {
    batch.dispose()
    throw error
  }
}

/** The views of one clip before normalisation, uint8 [views, frames, size, size, 3]. */
export async function viewsToBytes(
  device: Device,
  clip: ClipViews,
): Promise<{ data: Uint8Array; shape: Shape }> {
  return withJob(undefined, async (job) => {
    const frames = await upload(device, clip, job)
    const results = job.run(() => {
      const views = clip.transforms.map((transform) => cropClip(frames, transform))
      const parts = views.map((view) => ({ shape: view.shape, bytes: view.rawData() }))
      for (const tensor of [...views, frames]) tensor.dispose()
      return parts
    })
    const parts = await Promise.all(results.map(({ bytes }) => bytes))
    const data = new Uint8Array(Buffer.concat(parts.map((part) => new Uint8Array(part))))
    return { data, shape: [parts.length, ...(results[0]?.shape ?? [])] }
  })
}
