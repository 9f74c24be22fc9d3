import type { DType } from '../runtime/binding.js'
import { attention } from '../tensor/ops/attention.js'
import { gatherRows } from '../tensor/ops/gather-rows.js'
import { reshape } from '../tensor/ops/reshape.js'
import { isTracked, type Remake } from '../tensor/record.js'
import { scope } from '../tensor/scope.js'
import { type SequenceGroup, sequenceStarts, type Tokens } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { frozenMlp } from './frozen-mlp.js'
import { LayerNorm } from './layer-norm.js'
import { Linear } from './linear.js'
import { type ModelDType, storageType } from './model-dtype.js'
import { type ParameterScope, subScope } from './parameters.js'

/** Where an adapter meets a block's input; [batch, tokens, width]. */
interface InputSite {
  /** ln_1 of the block's input. */
  normed: Tensor<Tokens>
  /** Where `normed` comes from, when that is kept for the block's own backward. */
  remakeNormed?: Remake | undefined
}

/** Where an adapter meets the input of attention, whichever tokens are read afterwards. */
export interface AttentionSite extends InputSite {
  /** [batch, tokens, 3 * width], q | k | v. */
  qkv: Tensor<Tokens>
}

/** Where an adapter meets a block; all [batch, tokens, width], tokens 1 when only CLS is computed. */
export interface BlockSite extends InputSite {
  /** The residual stream after attention. */
  attended: Tensor<Tokens>
  /** The block's output. */
  output: Tensor<Tokens>
}

/** What an adapter does in one block, in one or both of these places. */
export interface BlockAdapter {
  /** @returns the new q | k | v */
  adaptQkv?(site: AttentionSite): Tensor<Tokens>
  /** @returns the block's new output */
  adapt?(site: BlockSite): Tensor<Tokens>
}

/** How a block runs. */
export interface BlockOptions {
  causal?: boolean
  /** Compute only the first token of each sequence (exact where only CLS is read afterwards). */
  firstTokenOnly?: boolean
  /** The sequences in the rows of x, where they differ in length; those of its shape unless given. */
  groups?: readonly SequenceGroup[] | undefined
  adapter?: BlockAdapter | undefined
}

/** A pre-norm transformer block: x += attention(ln_1 x); x += mlp(ln_2 x), with QuickGELU (SPEC section 1). */
export class Block {
  /** Storage type of everything but the residual stream. */
  private readonly storage: DType
  readonly ln1: LayerNorm
  readonly inProjection: Linear
  readonly outProjection: Linear
  readonly ln2: LayerNorm
  readonly up: Linear
  readonly down: Linear

  constructor(
    parameters: ParameterScope,
    readonly width: number,
    readonly heads: number,
    dtype: ModelDType,
  ) {
    this.storage = storageType(dtype)
    const attn = subScope(parameters, 'attn')
    this.ln1 = new LayerNorm(subScope(parameters, 'ln_1'), width)
    this.inProjection = new Linear(
      attn('in_proj_weight', [3 * width, width]),
      attn('in_proj_bias', [3 * width]),
      dtype,
    )
    const linear = (name: string, out: number, features: number) =>
      new Linear(parameters(`${name}.weight`, [out, features]), parameters(`${name}.bias`, [out]), dtype)
    this.outProjection = linear('attn.out_proj', width, width)
    this.ln2 = new LayerNorm(subScope(parameters, 'ln_2'), width)
    this.up = linear('mlp.c_fc', 4 * width, width)
    this.down = linear('mlp.c_proj', width, 4 * width)
  }

  /** @param x [batch, tokens, width] @returns the same shape, or [sequences, 1, width] with `firstTokenOnly` */
  forward(x: Tensor<Tokens>, options: BlockOptions = {}): Tensor<Tokens> {
    const { firstTokenOnly, groups, adapter } = options
    const normed = this.ln1.forward(x, this.storage)
    const remake = { from: x, remake: (from: Tensor) => this.ln1.forward(from, this.storage) }
    const input = { normed, remakeNormed: isTracked(x) ? remake : undefined }
    // Each half in a scope of its own: what only one of them needs does not wait for the other in memory.
    const attended = scope(() => this.attend(x, input, options))
    const output = scope(() => this.mlp(attended))
    if (!adapter?.adapt) return output
    if (firstTokenOnly) return adapter.adapt({ normed: firstTokens(normed, groups), attended, output })
    return adapter.adapt({ ...input, attended, output })
  }

  /** What attention of this block reads of its input. @returns [batch, tokens, 3 * width], q | k | v */
  queriesKeysValues(x: Tensor<Tokens>, adapter?: BlockAdapter): Tensor<Tokens> {
    return scope(() => this.projectInput({ normed: this.ln1.forward(x, this.storage) }, adapter))
  }

  private projectInput(input: InputSite, adapter: BlockAdapter | undefined): Tensor<Tokens> {
    const frozen = this.inProjection.forward(input.normed)
    const qkv = adapter?.adaptQkv?.({ ...input, qkv: frozen }) ?? frozen
    if (qkv !== frozen) frozen.dispose()
    return qkv
  }

  private attend(
    x: Tensor<Tokens>,
    input: InputSite,
    { causal = false, firstTokenOnly = false, groups, adapter }: BlockOptions,
  ): Tensor<Tokens> {
    const qkv = this.projectInput(input, adapter)
    const context = attention(qkv, { heads: this.heads, causal, firstQueryOnly: firstTokenOnly, groups })
    return this.outProjection.forward(context, { residual: firstTokenOnly ? firstTokens(x, groups) : x })
  }

  private mlp(attended: Tensor<Tokens>): Tensor<Tokens> {
    const { ln2: norm, up, down, storage } = this
    // GPUs have the memory, and there a product computed again takes its part of a step.
    if (attended.device.name === 'cpu' && norm.isFrozen && up.isFrozen && down.isFrozen)
      return frozenMlp(attended, { norm, up, down, storage })
    const hidden = up.forward(norm.forward(attended, storage), { activation: 'quickGelu' })
    return down.forward(hidden, { residual: attended })
  }

  /** All linear layers, for packing and unpacking. */
  get linears(): Linear[] {
    return [this.inProjection, this.outProjection, this.up, this.down]
  }
}

/** The first token of each sequence: [batch, tokens, width] to [sequences, 1, width]. */
export function firstTokens(x: Tensor<Tokens>, groups?: readonly SequenceGroup[]): Tensor<Tokens> {
  const [batch, tokens, width] = x.shape
  const rows = sequenceStarts(groups ?? [{ sequences: batch, tokens }])
  return reshape(gatherRows(x, rows), [rows.length, 1, width] as Tokens)
}
