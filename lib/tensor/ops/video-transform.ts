import type { Operand } from '../../runtime/device.js'
import { shapeError, type Video } from '../shape.js'
import { Tensor } from '../tensor.js'

/** How frames become one square view: the numbers of the `video_transform` kernel. */
export interface ViewTransform {
  crop: { x: number; y: number; width: number; height: number }
  resize: { width: number; height: number }
  offset: { x: number; y: number }
  size: { width: number; height: number }
  flip: boolean
  jitter?: { brightness: number; contrast: number; saturation: number; hue: number } | undefined
  gray: boolean
}

/** Per-channel mean and standard deviation of values scaled to [0, 1]. */
export interface Normalization {
  mean: readonly number[]
  std: readonly number[]
}

const IDENTITY_JITTER = { brightness: 1, contrast: 1, saturation: 1, hue: 0 }

function launch(frames: Tensor, view: ViewTransform, { mean, std }: Normalization, out: Operand): void {
  const [count = 0, height = 0, width = 0, channels] = frames.shape
  const { crop, resize, offset, size, jitter } = view
  if (frames.shape.length !== 4 || channels !== 3 || frames.dtype !== 'uint8' || size.width !== size.height)
    throw shapeError(
      'video_transform',
      'expected uint8 frames [frames, height, width, 3] and a square view',
      {
        frames: frames.shape,
        view: [size.height, size.width],
      },
    )
  const { brightness, contrast, saturation, hue } = jitter ?? IDENTITY_JITTER
  frames.device.launch('video_transform', { frames, out }, [
    ...[count, height, width, size.width, crop.x, crop.y, crop.width, crop.height],
    ...[resize.width, resize.height, offset.x, offset.y],
    ...[view.flip ? 1 : 0, view.gray ? 1 : 0, jitter ? 1 : 0, brightness, contrast, saturation, hue],
    ...mean,
    ...std,
  ])
}

/**
 * Writes one normalised view of a clip into a batch: crop, bilinear resize, window, flip, colour jitter, grey,
 * (value / 255 - mean) / std.
 *
 * @param frames uint8 [frames, height, width, 3]
 * @param batch [views, 3, frames, size, size], float32 or bfloat16
 * @param index which view of the batch
 * @throws MstaError ERR_SHAPE, also when the crop or the window lies outside
 */
export function transformClip(
  frames: Tensor,
  view: ViewTransform,
  normalization: Normalization,
  batch: Tensor<Video>,
  index: number,
): void {
  const [views, , count, height, width] = batch.shape
  const size = batch.size / views
  if (index >= views || count !== frames.shape[0] || height !== view.size.height || width !== view.size.width)
    throw shapeError('video_transform', `view ${index} does not fit the batch`, {
      frames: frames.shape,
      batch: batch.shape,
    })
  launch(frames, view, normalization, batch.part(index * size, batch.shape.slice(1)))
}

/** The same view before normalisation: uint8 [frames, size, size, 3]. */
export function cropClip(frames: Tensor, view: ViewTransform): Tensor {
  const out = Tensor.empty(
    frames.device,
    [frames.shape[0] ?? 0, view.size.height, view.size.width, 3],
    'uint8',
  )
  launch(frames, view, { mean: [0, 0, 0], std: [1, 1, 1] }, out)
  return out
}
