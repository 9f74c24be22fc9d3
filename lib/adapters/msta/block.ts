import type { ViClipConfig } from '../../models/viclip/config.js'
import type { BlockAdapter, BlockSite } from '../../nn/block.js'
import type { ParameterStore } from '../../nn/parameters.js'
import { linear } from '../../tensor/ops/linear.js'
import { mstaAdapter, type WeightAndBias } from '../../tensor/ops/msta-adapter.js'
import { temporalConv } from '../../tensor/ops/temporal-conv.js'
import type { Tokens } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { type MstaConfig, temporalGroups } from './config.js'

/** The dropout draw of a training step; null outside training. */
export type DropoutDraw = () => { seed: number; step: number; probability: number } | null

/** MSTA in one block of one encoder: output + alpha * (U z + temporal z), z = dropout(relu(S relu(D ln_1 x))). */
export class MstaBlock implements BlockAdapter {
  private readonly down: WeightAndBias
  private readonly shared: WeightAndBias | undefined
  private readonly up: WeightAndBias
  private readonly temporal: WeightAndBias | undefined
  private readonly stream: number
  private readonly frames: number
  private readonly groups: number

  constructor(
    parameters: ParameterStore,
    private readonly config: MstaConfig,
    model: ViClipConfig,
    encoder: 'video' | 'text',
    block: number,
    private readonly draw: DropoutDraw,
  ) {
    const find = (name: string): WeightAndBias => ({
      weight: parameters.get(`${name}.weight`),
      bias: parameters.get(`${name}.bias`),
    })
    this.down = find(`${encoder}.${block}.down`)
    this.up = find(`${encoder}.${block}.up`)
    this.shared = config.shared ? find(`shared.${block}`) : undefined
    const hasTemporal = encoder === 'video' && config.temporal !== 'none'
    this.temporal = hasTemporal ? find(`video.${block}.temporal`) : undefined
    this.frames = model.video.frames
    this.groups = temporalGroups(config, model[encoder].width)
    this.stream = block * 2 + (encoder === 'text' ? 1 : 0)
  }

  adapt({ normed, remakeNormed, output }: BlockSite): Tensor<Tokens> {
    const { alpha, temporal: kind } = this.config
    const { frames, groups } = this
    const draw = this.draw()
    const onlyCls = normed.shape[1] === 1
    const temporal = this.temporal && !onlyCls ? { ...this.temporal, frames, groups } : undefined
    const { out, z } = mstaAdapter(normed, output, {
      down: this.down,
      shared: this.shared,
      up: this.up,
      temporal: kind === 'depthwise' ? undefined : temporal,
      alpha,
      dropout: draw?.probability ?? 0,
      seed: draw?.seed ?? 0,
      // A mask of its own for every block of every step.
      stream: (draw?.step ?? 0) * 4096 + this.stream,
      remakeH: remakeNormed,
    })
    if (!temporal || kind !== 'depthwise') return out
    // The depth-wise variant convolves the up-projected path instead of z.
    const input = linear(z, this.up.weight, { bias: this.up.bias })
    return temporalConv(input, out, { ...temporal, alpha })
  }
}
