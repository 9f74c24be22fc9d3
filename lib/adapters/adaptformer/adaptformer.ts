import type { ViClipModel } from '../../models/viclip/model.js'
import type { BlockAdapter } from '../../nn/block.js'
import { fillKaimingUniform, fillZero } from '../../nn/init.js'
import { mstaAdapter, type WeightAndBias } from '../../tensor/ops/msta-adapter.js'
import { type HasModel, modelOf } from '../adapter.js'
import { readAdapterFile } from '../adapter-file.js'
import { BlockAdapters } from '../block-adapters.js'
import { toOptions } from '../blocks.js'
import {
  type AdaptFormerConfig,
  type AdaptFormerOptions,
  adaptFormerTensorShapes,
  resolveAdaptFormerConfig,
} from './config.js'

/**
 * AdaptFormer (arXiv 2205.13535) in parallel to the MLP of each adapted block, on the residual x' after attention and
 * without a norm of its own: output + scale * U relu(D x').
 */
export class AdaptFormer extends BlockAdapters<AdaptFormerConfig> {
  readonly method = 'adaptformer'

  private constructor(model: ViClipModel, config: AdaptFormerConfig) {
    super(model, config, adaptFormerTensorShapes(toOptions(config), model.config))
  }

  /**
   * A new adapter, which changes nothing yet: D Kaiming uniform, U and biases zero.
   *
   * @param target a model, or something that has one
   * @param options what differs from the paper's; `seed` of the initial values
   * @throws MstaError ERR_ARGUMENT
   */
  static attach(
    target: ViClipModel | HasModel,
    options: AdaptFormerOptions & { seed?: number } = {},
  ): AdaptFormer {
    const model = modelOf(target)
    const { seed = 0, ...rest } = options
    const adapter = new AdaptFormer(model, resolveAdaptFormerConfig(rest, model.config))
    return adapter.initialise((weight, name, stream) => {
      if (name.endsWith('.up.weight')) fillZero(weight)
      else fillKaimingUniform(weight, { seed, stream })
    })
  }

  /** An adapter from its file, or a folder as {@link loadAdapter} takes it. @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT when it is of another model */
  static async load(target: ViClipModel | HasModel, path: string): Promise<AdaptFormer> {
    const model = modelOf(target)
    const resolve = (settings: AdaptFormerConfig) =>
      resolveAdaptFormerConfig(toOptions(settings), model.config)
    const shapesOf = (config: AdaptFormerConfig) => adaptFormerTensorShapes(toOptions(config), model.config)
    const method = 'adaptformer'
    const { config, values } = await readAdapterFile(path, model, { method, resolve, shapesOf })
    return new AdaptFormer(model, config).fill(values)
  }

  protected makeBlock(encoder: 'video' | 'text', block: number): BlockAdapter {
    const find = (name: string): WeightAndBias => ({
      weight: this.parameters.get(`${encoder}.${block}.${name}.weight`),
      bias: this.parameters.get(`${encoder}.${block}.${name}.bias`),
    })
    const [down, up, alpha] = [find('down'), find('up'), this.config.scale]
    return { adapt: ({ attended, output }) => mstaAdapter(attended, output, { down, up, alpha }).out }
  }
}
