import { fillZero } from '../../nn/init.js'
import { LayerNorm } from '../../nn/layer-norm.js'
import type { ModelDType } from '../../nn/model-dtype.js'
import type { ParameterScope } from '../../nn/parameters.js'
import { subScope } from '../../nn/parameters.js'
import { type AdapterLookup, Transformer } from '../../nn/transformer.js'
import { patchEmbed } from '../../tensor/ops/patch-embed.js'
import { project } from '../../tensor/ops/project.js'
import { reshape } from '../../tensor/ops/reshape.js'
import { scope } from '../../tensor/scope.js'
import { type Embeddings, type Matrix, shapeError, type Tokens, type Video } from '../../tensor/shape.js'
import { Tensor } from '../../tensor/tensor.js'
import { meanOfFrames, splitFrames } from '../clip/frames.js'
import { patchesPerFrame, type ViClipConfig, type VideoConfig } from './sizes.js'

/** Videos on their way through the encoder, at the input of block `block` (from 0; the number of blocks: behind all). */
export interface VideoPrefix {
  block: number
  /** [batch, tokens, width], float32, or [batch * frames, tokens, width] if frame-wise; one token behind all blocks. */
  tokens: Tensor<Tokens>
}

/**
 * ViCLIP's video encoder: joint attention over all patches of all frames and one class token (SPEC section 1). Or CLIP's
 * image encoder on each frame, and the mean of what it makes of them.
 */
export class VideoEncoder {
  private readonly weight: Tensor
  private readonly cls: Tensor
  private readonly position: Tensor
  /** [1, frames, width]; none if frame-wise. */
  private readonly temporal: Tensor | undefined
  private readonly lnPre: LayerNorm
  private readonly lnPost: LayerNorm
  private readonly projection: Tensor
  private readonly config: VideoConfig
  readonly transformer: Transformer

  constructor(parameters: ParameterScope, { video, embedDim }: ViClipConfig, dtype: ModelDType) {
    this.config = video
    const { width, patchSize, frames, layers, heads } = video
    this.weight = parameters('conv1.weight', [width, 3, 1, patchSize, patchSize])
    this.cls = parameters('class_embedding', [width])
    this.position = parameters('positional_embedding', [1 + patchesPerFrame(video), width])
    if (!video.frameWise) this.temporal = parameters('temporal_positional_embedding', [1, frames, width])
    this.lnPre = new LayerNorm(subScope(parameters, 'ln_pre'), width)
    this.lnPost = new LayerNorm(subScope(parameters, 'ln_post'), width)
    this.projection = parameters('proj', [width, embedDim])
    this.transformer = new Transformer(subScope(parameters, 'transformer'), layers, width, heads, dtype)
  }

  /**
   * @param video [batch, 3, frames, resolution, resolution], normalised; or a {@link prefix} whose blocks have no
   *   adapter
   * @returns [batch, embedDim], float32, before L2 normalisation
   * @throws MstaError ERR_SHAPE when the video is not of the model's size
   */
  forward(video: Tensor<Video> | VideoPrefix, adapters?: AdapterLookup): Tensor<Embeddings> {
    return scope(() => {
      const { tokens, block } = 'block' in video ? video : this.prefix(video, 0)
      const cls = this.transformer.forward(tokens, { reads: 'first', adapters, from: block })
      const normed = this.lnPost.forward(cls)
      const embeddings = project(reshape(normed, [normed.shape[0], normed.shape[2]]), this.projection)
      return this.config.frameWise ? meanOfFrames(embeddings, this.config.frames) : embeddings
    })
  }

  /** What the first `block` blocks make of a video: unadapted, the same as long as the weights are. */
  prefix(video: Tensor<Video>, block: number, adapters?: AdapterLookup): VideoPrefix {
    return scope(() => {
      const tokens = scope(() => this.lnPre.forward(this.embed(video)))
      return { block, tokens: this.transformer.forward(tokens, { reads: 'first', to: block, adapters }) }
    })
  }

  /**
   * What the last block's attention reads: how the class token, the first, comes to the embedding.
   *
   * @returns [batch, 1 + frames * patches, 3 * width], q | k | v, or [batch * frames, 1 + patches, 3 * width] if frame-wise
   */
  lastQueriesKeysValues(video: Tensor<Video>, adapters?: AdapterLookup): Tensor<Tokens> {
    const last = this.transformer.blocks.length - 1
    return scope(() =>
      this.transformer.blocks[last]!.queriesKeysValues(
        this.prefix(video, last, adapters).tokens,
        adapters?.(last),
      ),
    )
  }

  private embed(video: Tensor<Video>): Tensor<Tokens> {
    const { weight, cls, position, temporal } = this
    const { frames, width } = this.config
    if (temporal)
      return patchEmbed(video, { weight, cls, position, temporal: reshape(temporal, [frames, width]) })
    if (video.shape.length !== 5 || video.shape[2] !== frames)
      throw shapeError('video_encoder', `expected videos of ${frames} frames`, { video: video.shape })
    const noTime = Tensor.empty(video.device, [1, width] as Matrix)
    fillZero(noTime)
    return patchEmbed(splitFrames(video), { weight, cls, position, temporal: noTime })
  }
}
