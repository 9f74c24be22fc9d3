import { LayerNorm } from '../../nn/layer-norm.js'
import type { ModelDType } from '../../nn/model-dtype.js'
import { type ParameterScope, subScope } from '../../nn/parameters.js'
import { type AdapterLookup, Transformer } from '../../nn/transformer.js'
import type { Device } from '../../runtime/device.js'
import { gatherRows } from '../../tensor/ops/gather-rows.js'
import { project } from '../../tensor/ops/project.js'
import { reshape } from '../../tensor/ops/reshape.js'
import { tokenEmbed } from '../../tensor/ops/token-embed.js'
import { scope } from '../../tensor/scope.js'
import { type Embeddings, type SequenceGroup, shapeError, type Tokens } from '../../tensor/shape.js'
import { Tensor } from '../../tensor/tensor.js'
import type { ViClipConfig } from './sizes.js'
import { packTexts, type TokenIds } from './text-packing.js'

export type { TokenIds } from './text-packing.js'

/** Texts on their way through the encoder, at the input of block `block` (from 0; the number of blocks: behind all). */
export interface TextPrefix {
  block: number
  /** [1, tokens of all texts, width], the texts ordered by length. */
  tokens: Tensor<Tokens>
  groups: readonly SequenceGroup[]
  /** Where each text has its place among the ordered ones. */
  places: readonly number[]
}

/**
 * ViCLIP's text encoder: causal attention, read at the end token (SPEC section 1). Nothing is computed behind end
 * tokens, nor in the last block for any other token.
 */
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
   * @param texts ids, where the end token is the highest of a row, at its first occurrence; or a {@link prefix} whose
   *   blocks have no adapter
   * @returns [batch, embedDim], float32, before L2 normalisation
   * @throws MstaError ERR_SHAPE when the ids do not fit the context; an id outside the vocabulary fails when it runs
   */
  forward(texts: TokenIds | TextPrefix, adapters?: AdapterLookup): Tensor<Embeddings> {
    return scope(() => {
      const prefix = 'block' in texts ? texts : this.prefix(texts, 0)
      const { places } = prefix
      const ends = this.through(prefix, prefix.block, this.transformer.blocks.length, adapters)
      const rows = reshape(ends, [places.length, ends.shape[2]])
      return project(this.lnFinal.forward(gatherRows(rows, places)), this.projection)
    })
  }

  /** What the first `block` blocks, unadapted, make of texts: the same as long as the weights are. */
  prefix(texts: TokenIds, block: number): TextPrefix {
    const [batch, length] = texts.shape
    const contextLength = this.position.shape[0]!
    if (texts.data.length !== batch * length || length < 1 || length > contextLength)
      throw shapeError('text_encoder', `expected ids [batch, at most ${contextLength}]`, { ids: texts.shape })
    const { groups, ids, rows, places } = packTexts(texts)
    return scope(() => {
      const idTensor = Tensor.from(this.device, ids.data, ids.shape, 'int32')
      const padded = tokenEmbed(idTensor, this.table, this.position)
      const tokens = reshape(gatherRows(padded, rows), [1, rows.length, padded.shape[2]] as Tokens)
      return { block, groups, places, tokens: this.through({ tokens, groups }, 0, block) }
    })
  }

  private through(
    { tokens, groups }: Pick<TextPrefix, 'tokens' | 'groups'>,
    from: number,
    to: number,
    adapters?: AdapterLookup,
  ): Tensor<Tokens> {
    return this.transformer.forward(tokens, { causal: true, reads: 'last', groups, adapters, from, to })
  }
}
