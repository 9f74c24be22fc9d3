import { MstaError } from '../runtime/errors.js'
import { gatherRows } from '../tensor/ops/gather-rows.js'
import { reshape } from '../tensor/ops/reshape.js'
import { scope } from '../tensor/scope.js'
import type { SequenceGroup, Tokens } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { Block, type BlockAdapter } from './block.js'
import type { ModelDType } from './model-dtype.js'
import { type ParameterScope, subScope } from './parameters.js'

/** Finds the adapter of a block, counted from 0. */
export type AdapterLookup = (block: number) => BlockAdapter | undefined

/** How a stack of blocks runs. */
export interface TransformerOptions {
  /** Token i attends to tokens 0..i only. */
  causal?: boolean
  /** The one token of each sequence that is read afterwards: the last block computes nothing else. */
  reads?: 'first' | 'last'
  /** The sequences in the rows of x, where they differ in length; those of its shape unless given. */
  groups?: readonly SequenceGroup[]
  adapters?: AdapterLookup | undefined
  /** The blocks to run, counted from 0: from `from` to below `to`. All unless given. */
  from?: number
  to?: number
}

/** The first block's error goes through all others: rounded to int8 it would be the greater part of the whole. */
const dtypeOfBlock = (dtype: ModelDType, block: number): ModelDType =>
  dtype === 'int8' && block === 0 ? 'bfloat16' : dtype

/** A stack of blocks. */
export class Transformer {
  readonly blocks: Block[]

  constructor(parameters: ParameterScope, layers: number, width: number, heads: number, dtype: ModelDType) {
    this.blocks = Array.from(
      { length: layers },
      (_, i) => new Block(subScope(parameters, `resblocks.${i}`), width, heads, dtypeOfBlock(dtype, i)),
    )
  }

  /**
   * @param x [batch, tokens, width]
   * @returns the same shape, or [sequences, 1, width] where one token is read
   * @throws MstaError ERR_ARGUMENT when a block below `from` has an adapter
   */
  forward(x: Tensor<Tokens>, options: TransformerOptions = {}): Tensor<Tokens> {
    const { from = 0, to = this.blocks.length } = options
    const adapted = this.firstAdapted(options.adapters)
    if (adapted < from)
      throw new MstaError(
        'ERR_ARGUMENT',
        `This prefix ends below block ${from + 1}, but the adapter begins at block ${adapted + 1}: make it for this adapter`,
      )
    let tokens = x
    for (let i = from; i < to; i++) {
      const next = scope(() => this.step(i, tokens, options))
      if (tokens !== x) tokens.dispose()
      tokens = next
    }
    return tokens
  }

  private step(i: number, x: Tensor<Tokens>, options: TransformerOptions): Tensor<Tokens> {
    const { causal = false, reads, groups, adapters } = options
    const block = this.blocks[i]!
    const adapter = adapters?.(i)
    if (!reads || i !== this.blocks.length - 1) return block.forward(x, { causal, groups, adapter })
    if (reads === 'first') return block.forward(x, { causal, groups, adapter, firstTokenOnly: true })
    // The last token attends to all, and their order is nothing to attention: as the first, it is computed alone.
    return block.forward(lastTokensFirst(x, groups), { groups, adapter, firstTokenOnly: true })
  }

  /** The first block that an adapter changes, counted from 0; the number of blocks where there is none. */
  firstAdapted(adapters: AdapterLookup | undefined): number {
    const first = this.blocks.findIndex((_, i) => adapters?.(i))
    return first < 0 ? this.blocks.length : first
  }

  /** Drops packed copies of weights; they are made again when needed. */
  forgetPacked(): void {
    for (const block of this.blocks) for (const linear of block.linears) linear.forgetPacked()
  }
}

/** The same sequences, their last tokens moved to their beginnings. */
function lastTokensFirst(x: Tensor<Tokens>, groups?: readonly SequenceGroup[]): Tensor<Tokens> {
  const [batch, tokens] = x.shape
  const rows: number[] = []
  for (const group of groups ?? [{ sequences: batch, tokens }])
    for (let i = 0; i < group.sequences; i++) {
      const start = rows.length
      rows.push(start + group.tokens - 1)
      for (let row = start; row < start + group.tokens - 1; row++) rows.push(row)
    }
  return reshape(gatherRows(x, rows), x.shape)
}
