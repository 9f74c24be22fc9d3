import { type ViClipConfig, videoTokens } from '../models/viclip/config.js'
import { type AdaptedBlocks, isAdapted } from './blocks.js'

/** Multiply-accumulates of a path through a narrow layer, over all adapted blocks of one encoder. */
export interface PathMacs {
  down: number
  up: number
  total: number
}

/** What paths of width `dim` add to one clip, and to `prompts` class prompts of the whole context. */
export function pathMacs(
  adapted: AdaptedBlocks,
  dim: number,
  model: ViClipConfig,
  prompts: number,
): { video: PathMacs; text: PathMacs } {
  const macs = (encoder: 'video' | 'text', tokens: number): PathMacs => {
    const blocks = adapted.layers.filter((layer) => isAdapted(adapted, model, encoder, layer)).length
    const down = blocks * tokens * model[encoder].width * dim
    return { down, up: down, total: 2 * down }
  }
  return {
    video: macs('video', videoTokens(model.video)),
    text: macs('text', prompts * model.text.contextLength),
  }
}
