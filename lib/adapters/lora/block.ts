import type { AttentionSite, Block, BlockAdapter } from '../../nn/block.js'
import { Job } from '../../runtime/job.js'
import { combine } from '../../tensor/ops/combine.js'
import { linear } from '../../tensor/ops/linear.js'
import { project } from '../../tensor/ops/project.js'
import { reshape } from '../../tensor/ops/reshape.js'
import { spreadRows } from '../../tensor/ops/spread-rows.js'
import { scope } from '../../tensor/scope.js'
import type { Matrix, Tokens } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'

/** The parts of the in-projection's rows (q, k, v) that are adapted. */
const ADAPTED_PARTS = [0, 2] as const

/** LoRA in one block of one encoder: scale * B A on the query and the value rows of the in-projection. */
export class LoraBlock implements BlockAdapter {
  private readonly width: number
  private readonly rank: number
  /** Where row i of `up` lies in [3 width, 2 r], taken as rows of r. */
  private readonly places: readonly number[]
  /** What merging has overwritten: the rows of each adapted part. */
  private originals: Tensor[] = []

  /** @param down [2 r, width] @param up [2 width, r] */
  constructor(
    private readonly down: Tensor,
    private readonly up: Tensor,
    private readonly scale: number,
    private readonly target: Block,
  ) {
    this.rank = up.shape[1]!
    this.width = down.shape[1]!
    this.places = ADAPTED_PARTS.flatMap((part, i) =>
      Array.from({ length: this.width }, (_, row) => 2 * (part * this.width + row) + i),
    )
  }

  /** The update is not added to the frozen weight, which stays packed: it is a product of its own. */
  adaptQkv({ normed, remakeNormed, qkv }: AttentionSite): Tensor<Tokens> {
    const inner = linear(normed, this.down, { dtype: 'float32', remakeX: remakeNormed })
    return linear(inner, this.scaledUp(), { residual: qkv })
  }

  /** scale * B of queries and values where they belong in [3 width, 2 r]; the rest, keys' rows too, is zero. */
  private scaledUp(): Tensor<Matrix> {
    const spread = spreadRows(combine([this.up], [this.scale]), this.places, 6 * this.width)
    return reshape(spread, [3 * this.width, 2 * this.rank] as Matrix)
  }

  /** Adds the update to the weight itself. */
  merge(): void {
    this.change((rows, i) => {
      const original = combine([rows], [1]).keep()
      this.originals.push(original)
      const { width, rank } = this
      const up = this.up.slice(i * width * rank, [width, rank] as Matrix)
      const down = this.down.slice(i * rank * width, [rank, width] as Matrix)
      combine([original, project(up, down)], [1, this.scale], { out: rows })
    })
  }

  /** Puts the weight back, bit by bit. */
  unmerge(): void {
    this.change((rows, i) => combine([this.originals[i]!], [1], { out: rows }))
    this.dispose()
  }

  /** Lets go of what merging has overwritten. */
  dispose(): void {
    for (const original of this.originals) original.dispose()
    this.originals = []
  }

  private change(update: (rows: Tensor<Matrix>, i: number) => void): void {
    const { width, target } = this
    target.inProjection.forgetPacked()
    const { weight } = target.inProjection
    // A job of its own: the weight is changed whole, even where the work around it is aborted.
    new Job().run(() =>
      scope(() => {
        for (const [i, part] of ADAPTED_PARTS.entries())
          update(weight.slice(part * width * width, [width, width] as Matrix), i)
      }),
    )
  }
}
