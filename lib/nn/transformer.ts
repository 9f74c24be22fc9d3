import { scope } from '../tensor/scope.js'
import type { Tokens } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { Block, type BlockAdapter } from './block.js'
import type { ModelDType } from './model-dtype.js'
import { type ParameterScope, subScope } from './parameters.js'

/** Finds the adapter of a block, counted from 0. */
export type AdapterLookup = (block: number) => BlockAdapter | undefined

/** A stack of blocks. */
export class Transformer {
  readonly blocks: Block[]

  constructor(parameters: ParameterScope, layers: number, width: number, heads: number, dtype: ModelDType) {
    this.blocks = Array.from(
      { length: layers },
      (_, i) => new Block(subScope(parameters, `resblocks.${i}`), width, heads, dtype),
    )
  }

  /**
   * @param x [batch, tokens, width]
   * @param options `readsFirstTokenOnly`: only CLS is read afterwards, so the last block computes nothing else
   */
  forward(
    x: Tensor<Tokens>,
    options: { causal?: boolean; readsFirstTokenOnly?: boolean; adapters?: AdapterLookup | undefined } = {},
  ): Tensor<Tokens> {
    const { causal = false, readsFirstTokenOnly = false, adapters } = options
    let tokens = x
    this.blocks.forEach((block, i) => {
      const firstTokenOnly = readsFirstTokenOnly && i === this.blocks.length - 1
      const next = scope(() => block.forward(tokens, { causal, firstTokenOnly, adapter: adapters?.(i) }))
      if (tokens !== x) tokens.dispose()
      tokens = next
    })
    return tokens
  }

  /** Drops packed copies of weights; they are made again when needed. */
  forgetPacked(): void {
    for (const block of this.blocks) for (const linear of block.linears) linear.forgetPacked()
  }
}
