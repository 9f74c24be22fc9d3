import { LayerNorm } from '../../nn/layer-norm.js'
import type { ModelDType } from '../../nn/model-dtype.js'
import { type ParameterScope, subScope } from '../../nn/parameters.js'
import { type AdapterLookup, Transformer } from '../../nn/transformer.js'
import type { Device } from '../../runtime/device.js'
import { gatherRows } from '../../tensor/ops/gather-rows.js'
import { project } from '../../tensor/ops/project.js'
import { tokenEmbed } from '../../tensor/ops/token-embed.js'
import { scope } from '../../tensor/scope.js'
import { type Embeddings, type Ids, shapeError } from '../../tensor/shape.js'
import { Tensor } from '../../tensor/tensor.js'
import type { ViClipConfig } from './sizes.js'

/** Token ids of some texts, [batch, length], padded behind the end token. */
export interface TokenIds {
  data: ArrayLike<number>
  shape: Ids
}

/** ViCLIP's text encoder: causal attention, read at the end token (SPEC section 1). */
export class TextEncoder {
  private readonly table: Tensor
  private readonly position: Tensor
  private readonly lnFinal: LayerNorm
  private readonly projection: Tensor
  readonly transformer: Transformer

  constructor(
    parameters: ParameterScope,
    private readonly device: Device,
    { text, embedDim }: ViClipConfig,
    dtype: ModelDType,
  ) {
    const { width, layers, heads, contextLength, vocabularySize } = text
    this.table = parameters('token_embedding.weight', [vocabularySize, width])
    this.position = parameters('positional_embedding', [contextLength, width])
    this.lnFinal = new LayerNorm(subScope(parameters, 'ln_final'), width)
    this.projection = parameters('text_projection', [width, embedDim])
    this.transformer = new Transformer(subScope(parameters, 'transformer'), layers, width, heads, dtype)
  }

  /**
   * @param ids the end token is the highest id of a row, at its first occurrence
   * @returns [batch, embedDim], float32, before L2 normalisation
   * @throws MstaError ERR_SHAPE when the ids do not fit the context; an id outside the vocabulary fails when it runs
   */
  forward(ids: TokenIds, adapters?: AdapterLookup): Tensor<Embeddings> {
    const [batch, length] = ids.shape
    const contextLength = this.position.shape[0]!
    if (ids.data.length !== batch * length || length < 1 || length > contextLength)
      throw shapeError('text_encoder', `expected ids [batch, at most ${contextLength}]`, { ids: ids.shape })
    const ends = Array.from({ length: batch }, (_, b) => endOfText(ids.data, b * length, length))
    // Attention is causal: what follows the last end token cannot reach any of them.
    const used = Math.max(1, ...ends.map((end) => end + 1))
    const trimmed = Int32Array.from({ length: batch * used }, (_, i) => {
      return ids.data[Math.floor(i / used) * length + (i % used)]!
    })
    return scope(() => {
      const tokens = tokenEmbed(
        Tensor.from(this.device, trimmed, [batch, used] as Ids, 'int32'),
        this.table,
        this.position,
      )
      const encoded = this.transformer.forward(tokens, { causal: true, adapters })
      const rows = gatherRows(
        encoded,
        ends.map((end, b) => b * used + end),
      )
      return project(this.lnFinal.forward(rows), this.projection)
    })
  }
}

function endOfText(ids: ArrayLike<number>, offset: number, length: number): number {
  let end = 0
  for (let i = 1; i < length; i++) if (ids[offset + i]! > ids[offset + end]!) end = i
  return end
}
