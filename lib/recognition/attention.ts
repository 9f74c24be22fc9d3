import { clsAttention } from '../models/viclip/cls-attention.js'
import { videoSequences } from '../models/viclip/sizes.js'
import { withJob } from '../runtime/job.js'
import { type ClipViews, viewsToTensor } from './clips.js'
import type { EncodeOptions, ViCLIP } from './viclip.js'

/** What the class token takes of a clip's patches in the last block: shares of 1, means over the heads. */
export interface VideoAttention {
  frames: number
  /** Patches along a side of a frame. */
  grid: number
  /** [frames, grid, grid], row-major; with `ofItself` their sum is 1. */
  patches: Float32Array
  /** What it takes of itself. */
  ofItself: number
}

/**
 * The attention that a clip's embedding comes from: of the class token, in the last block, over the patches of all
 * frames. In a frame-wise CLIP every frame has a class token of its own; each counts the same.
 *
 * @param clip with one view
 * @throws MstaError ERR_SHAPE; the signal's reason
 */
export function videoAttention(
  { model }: ViCLIP,
  clip: ClipViews,
  { adapter, signal }: EncodeOptions = {},
): Promise<VideoAttention> {
  const { video } = model.config
  const { sequences, tokens } = videoSequences(video)
  const { width, heads, frames } = video
  const grid = video.resolution / video.patchSize
  return withJob(signal, async (job) => {
    await model.prepare('video', job)
    const input = await viewsToTensor(model.device, [clip], job)
    const packed = job.run(() => {
      const all = model.lastQueriesKeysValues(input, adapter)
      const values = all.data()
      all.dispose()
      return values
    })
    input.dispose()
    const qkv = await packed
    const patches = new Float32Array(frames * grid * grid)
    const perSequence = patches.length / sequences
    let ofItself = 0
    for (let sequence = 0; sequence < sequences; sequence++) {
      const start = sequence * tokens * 3 * width
      const rows = qkv.subarray(start, start + tokens * 3 * width)
      const shares = clsAttention({ qkv: rows, tokens, width, heads })
      for (const [i, share] of shares.entries()) {
        const token = i % tokens
        const part = share / heads / sequences
        if (token === 0) ofItself += part
        else patches[sequence * perSequence + token - 1]! += part
      }
    }
    return { frames, grid, patches, ofItself }
  })
}
