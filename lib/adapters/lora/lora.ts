import type { ViClipModel } from '../../models/viclip/model.js'
import { fillKaimingUniform, fillZero } from '../../nn/init.js'
import { MstaError } from '../../runtime/errors.js'
import { type HasModel, modelOf, type TrainingStep } from '../adapter.js'
import { readAdapterFile } from '../adapter-file.js'
import { BlockAdapters } from '../block-adapters.js'
import { toOptions } from '../blocks.js'
import { LoraBlock } from './block.js'
import { type LoraConfig, type LoraOptions, loraTensorShapes, resolveLoraConfig } from './config.js'

/** LoRA (arXiv 2106.09685): W + (alpha / r) B A in place of the query and the value projection of each adapted block. */
export class LoRA extends BlockAdapters<LoraConfig, LoraBlock> {
  readonly method = 'lora'
  private merged = false

  private constructor(model: ViClipModel, config: LoraConfig) {
    super(model, config, loraTensorShapes(config, model.config))
  }

  /**
   * A new adapter, which changes nothing yet: A Kaiming uniform, B zero.
   *
   * @param target a model, or something that has one
   * @param options what differs from the paper's; `seed` of the initial values
   * @throws MstaError ERR_ARGUMENT
   */
  static attach(target: ViClipModel | HasModel, options: LoraOptions & { seed?: number } = {}): LoRA {
    const model = modelOf(target)
    const { seed = 0, ...rest } = options
    return new LoRA(model, resolveLoraConfig(rest, model.config)).initialise((weight, name, stream) => {
      if (name.endsWith('.up')) fillZero(weight)
      else fillKaimingUniform(weight, { seed, stream })
    })
  }

  /** An adapter from its file, or a folder as {@link loadAdapter} takes it. @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT when it is of another model */
  static async load(target: ViClipModel | HasModel, path: string): Promise<LoRA> {
    const model = modelOf(target)
    const resolve = (settings: LoraConfig) => resolveLoraConfig(toOptions(settings), model.config)
    const shapesOf = (config: LoraConfig) => loraTensorShapes(config, model.config)
    const { config, values } = await readAdapterFile(path, model, { method: 'lora', resolve, shapesOf })
    return new LoRA(model, config).fill(values)
  }

  /** Whether the updates are in the model's weights. */
  get isMerged(): boolean {
    return this.merged
  }

  /**
   * Adds the updates to the model's own weights: it then computes the same without them, at no cost, whoever uses it,
   * and is saved so. The weights of before are kept for {@link unmerge} (2 width^2 numbers a block).
   */
  merge(): void {
    if (!this.merged) for (const block of this.ownBlocks) block.merge()
    this.merged = true
  }

  /** Gives the model its own weights back, bit by bit. */
  unmerge(): void {
    if (this.merged) for (const block of this.ownBlocks) block.unmerge()
    this.merged = false
  }

  override videoBlock(block: number): LoraBlock | undefined {
    return this.merged ? undefined : super.videoBlock(block)
  }

  override textBlock(block: number): LoraBlock | undefined {
    return this.merged ? undefined : super.textBlock(block)
  }

  /** @throws MstaError ERR_ARGUMENT while it is merged */
  override setTraining(training: TrainingStep | null): void {
    if (training && this.merged)
      throw new MstaError('ERR_ARGUMENT', 'A merged LoRA adapter cannot train: unmerge() it first')
    super.setTraining(training)
  }

  /** Frees its memory. Where it is merged the model stays so. */
  override dispose(): void {
    for (const block of this.ownBlocks) block.dispose()
    this.merged = false
    super.dispose()
  }

  protected makeBlock(encoder: 'video' | 'text', block: number): LoraBlock {
    const { rank, alpha } = this.config
    const find = (name: string) => this.parameters.get(`${encoder}.${block}.${name}`)
    const target = this.model[encoder].transformer.blocks[block]!
    return new LoraBlock(find('down'), find('up'), alpha / rank, target)
  }
}
