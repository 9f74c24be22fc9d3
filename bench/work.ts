import type { MstaConfig } from '../lib/adapters/msta/config.js'
import { isAdapted, temporalGroups } from '../lib/adapters/msta/config.js'
import { type ViClipConfig, videoTokens } from '../lib/models/viclip/config.js'
import { blockMacs, videoMacs } from '../lib/models/viclip/flops.js'

/** Products that attention's backward needs (scores again, dP, dV, dQ, dK) for the two of its forward. */
const ATTENTION_BACKWARD = 5 / 2

interface BlockWork {
  forward: number
  /** Gradient of the block's input alone: the weights are frozen. */
  backward: number
}

/** A block of which only the first token is read: keys and values of all, the rest for one. */
function clsBlock(tokens: number, width: number): BlockWork {
  const linear = 2 * width ** 2 * tokens + 10 * width ** 2
  const attention = 2 * tokens * width
  return { forward: linear + attention, backward: linear + ATTENTION_BACKWARD * attention }
}

function wholeBlock(tokens: number, width: number, visible = 1): BlockWork {
  const { attentionProjections, attentionScores, mlp } = blockMacs(tokens, width)
  const [linear, attention] = [attentionProjections + mlp, attentionScores * visible]
  return { forward: linear + attention, backward: linear + ATTENTION_BACKWARD * attention }
}

/** Floating-point operations that a clip's embedding needs: in the last block only CLS is computed. */
export function forwardFlops(config: ViClipConfig): number {
  const { video } = config
  const last = clsBlock(videoTokens(video), video.width).forward
  return 2 * (videoMacs(config).total - videoMacs(config).block.total + last)
}

/** Floating-point operations of texts of these lengths: attention is causal, the last block computes the end token. */
export function textFlops({ text, embedDim }: ViClipConfig, lengths: readonly number[]): number {
  let macs = 0
  for (const length of lengths) {
    const block = wholeBlock(length, text.width, 0.5).forward
    macs += (text.layers - 1) * block + clsBlock(length, text.width).forward + text.width * embedDim
  }
  return 2 * macs
}

function adapterWork(config: MstaConfig, width: number, tokens: number, temporal: boolean, isFirst: boolean) {
  const { dim, temporalKernel } = config
  const [down, shared] = [tokens * width * dim, config.shared ? tokens * dim ** 2 : 0]
  const taps = temporal ? tokens * width * temporalKernel * (dim / temporalGroups(config, width)) : 0
  const forward = 2 * down + shared + taps
  // Gradients of all weights, and of all inputs but, in the first adapted block, the block's own.
  return 3 * forward - (isFirst ? down : 0)
}

/** What a training step needs; see {@link stepFlops}. */
export interface StepShape {
  batch: number
  /** Ids of every prompt, up to its end token. */
  promptLengths: readonly number[]
  /** Whether clips come as what the blocks below the first adapted one made of them. */
  cachesVideoPrefix?: boolean
}

/**
 * Floating-point operations of one training step: both encoders forward, backward down to the first adapted block
 * (through its adapter only), gradients of the adapter. Prompts pass the blocks below that once a run, which does not
 * count. The temporal convolution counts its padding.
 */
export function stepFlops(model: ViClipConfig, config: MstaConfig, shape: StepShape): number {
  const encoder = (name: 'video' | 'text', tokens: number) => {
    const { layers, width } = model[name]
    const adapted = config.layers.filter((layer) => isAdapted(config, model, name, layer))
    const first = Math.min(...adapted)
    const start = name === 'text' || shape.cachesVideoPrefix ? first : 1
    let macs = 0
    for (let layer = start; layer <= layers; layer++) {
      const isLast = layer === layers
      const work = isLast ? clsBlock(tokens, width) : wholeBlock(tokens, width, name === 'text' ? 0.5 : 1)
      macs += work.forward + (layer > first ? work.backward : 0)
      const temporal = name === 'video' && config.temporal !== 'none' && !isLast
      if (adapted.includes(layer))
        macs += adapterWork(config, width, isLast ? 1 : tokens, temporal, layer === first)
    }
    return macs
  }
  const { patches, projection } = videoMacs(model)
  const embedding = shape.cachesVideoPrefix ? 0 : patches
  const video = shape.batch * (embedding + 2 * projection + encoder('video', videoTokens(model.video)))
  const texts = shape.promptLengths.reduce((sum, length) => sum + encoder('text', length), 0)
  return 2 * (video + texts)
}
