import type { ViClipModel } from '../../models/viclip/model.js'
import type { BlockAdapter } from '../../nn/block.js'
import { kaimingNormalDeviation } from '../../nn/init.js'
import { fillNormal } from '../../tensor/ops/random-normal.js'
import { type HasModel, modelOf } from '../adapter.js'
import { readAdapterFile } from '../adapter-file.js'
import { BlockAdapters } from '../block-adapters.js'
import { toOptions } from '../blocks.js'
import { MstaBlock } from './block.js'
import { type MstaConfig, type MstaOptions, mstaTensorShapes, resolveMstaConfig } from './config.js'

/**
 * The multi-modal spatio-temporal adapter (SPEC section 2): in parallel to each adapted block, a down-projection, a
 * projection shared by the video and text encoders, an up-projection, and for video a temporal 3D-convolution.
 */
export class MSTA extends BlockAdapters<MstaConfig> {
  readonly method = 'msta'

  private constructor(model: ViClipModel, config: MstaConfig) {
    super(model, config, mstaTensorShapes(config, model.config))
  }

  /**
   * A freshly initialised adapter for a model: weights Kaiming normal (fan out), biases zero.
   *
   * @param target a model, or something that has one
   * @param options what differs from r = 128 on the last five blocks, alpha = 0.005; `seed` of the initial values
   * @throws MstaError ERR_ARGUMENT
   */
  static attach(target: ViClipModel | HasModel, options: MstaOptions & { seed?: number } = {}): MSTA {
    const model = modelOf(target)
    const { seed = 0, ...rest } = options
    return new MSTA(model, resolveMstaConfig(rest, model.config)).initialise((weight, _, stream) =>
      fillNormal(weight, kaimingNormalDeviation(weight.shape), { seed, stream }),
    )
  }

  /**
   * An adapter from its file, or a folder as {@link loadAdapter} takes it.
   *
   * @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT when it belongs to another kind of model
   */
  static async load(target: ViClipModel | HasModel, path: string): Promise<MSTA> {
    const model = modelOf(target)
    const resolve = (settings: MstaConfig) => resolveMstaConfig(toOptions(settings), model.config)
    const shapesOf = (config: MstaConfig) => mstaTensorShapes(config, model.config)
    const { config, values } = await readAdapterFile(path, model, { method: 'msta', resolve, shapesOf })
    return new MSTA(model, config).fill(values)
  }

  protected makeBlock(encoder: 'video' | 'text', block: number): BlockAdapter {
    const draw = () => (this.training ? { ...this.training, probability: this.config.dropout } : null)
    return new MstaBlock(this.parameters, this.config, this.model.config, encoder, block, draw)
  }
}
