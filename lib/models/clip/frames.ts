import { combine } from '../../tensor/ops/combine.js'
import { gatherRows } from '../../tensor/ops/gather-rows.js'
import { reshape } from '../../tensor/ops/reshape.js'
import { spreadRows } from '../../tensor/ops/spread-rows.js'
import type { Embeddings, Video } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'

/**
 * Every frame as a video of its own, those of a video one after another.
 *
 * @param video [batch, channels, frames, height, width]
 * @returns [batch * frames, channels, 1, height, width]
 */
export function splitFrames(video: Tensor<Video>): Tensor<Video> {
  const [batch, channels, frames, height, width] = video.shape
  const planes = Array.from({ length: batch * frames * channels }, (_, i) => {
    const channel = i % channels
    const frame = Math.floor(i / channels) % frames
    const clip = Math.floor(i / channels / frames)
    return (clip * channels + channel) * frames + frame
  })
  const rows = gatherRows(reshape(video, [batch * channels * frames, height * width]), planes)
  return reshape(rows, [batch * frames, channels, 1, height, width])
}

/**
 * The mean over each video's frames.
 *
 * @param embeddings [batch * frames, embedDim], those of a video one after another
 * @returns [batch, embedDim]
 */
export function meanOfFrames(embeddings: Tensor, frames: number): Tensor<Embeddings> {
  const [rows = 0] = embeddings.shape
  const videos = Array.from({ length: rows }, (_, row) => Math.floor(row / frames))
  return combine([spreadRows(embeddings, videos, rows / frames)], [1 / frames])
}
