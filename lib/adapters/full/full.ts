import { countValues, expectedTensors, TEMPERATURE, type ViClipConfig } from '../../models/viclip/config.js'
import type { ViClipModel } from '../../models/viclip/model.js'
import type { ParameterStore } from '../../nn/parameters.js'
import { MstaError } from '../../runtime/errors.js'
import { type Adapter, type HasModel, modelOf, type TrainingStep } from '../adapter.js'
import { readAdapterFile, writeAdapterFile } from '../adapter-file.js'

/** The table of words stays as it was pre-trained: most of them are in no prompt. */
const isTuned = (name: string): boolean => name !== 'text_encoder.token_embedding.weight'

/** Number of parameters that full tuning trains. ViCLIP's temperature is a constant, CLIP's is one of them. */
export function fullParameterCount(model: ViClipConfig): number {
  const tuned = [...expectedTensors(model)].filter(([name]) => isTuned(name) && name !== TEMPERATURE)
  return countValues(tuned.map(([, shape]) => shape))
}

/**
 * Tuning of the whole model but for its token embedding, and ViCLIP's temperature. It has no parameters of its own:
 * training changes the model's, for whoever uses the model, and so does loading.
 */
export class FullTuning implements Adapter {
  readonly method = 'full'
  readonly tunesModel = true
  readonly parameters: ParameterStore

  private constructor(
    readonly model: ViClipModel,
    trains = isTuned,
  ) {
    this.parameters = model.parameters.subset(trains)
  }

  /**
   * @param target a model, or something that has one
   * @throws MstaError ERR_ARGUMENT unless the model computes in float32
   */
  static attach(target: ViClipModel | HasModel): FullTuning {
    const tuning = new FullTuning(modelOf(target))
    tuning.requireFloat32()
    return tuning
  }

  /**
   * Trains the token embedding, too, as pre-training does; to be saved as a model, not as an adapter.
   *
   * @throws MstaError ERR_ARGUMENT unless the model computes in float32
   */
  static attachWithWords(target: ViClipModel | HasModel): FullTuning {
    const tuning = new FullTuning(modelOf(target), () => true)
    tuning.requireFloat32()
    return tuning
  }

  /**
   * Overwrites a model's parameters with those of a file.
   *
   * @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT when it is of another model (this one is left as it was)
   */
  static async load(target: ViClipModel | HasModel, path: string): Promise<FullTuning> {
    const tuning = new FullTuning(modelOf(target))
    const shapes = new Map(
      [...tuning.parameters.entries()].map(([name, { shape }]) => [name, shape] as const),
    )
    const { values } = await readAdapterFile(path, tuning.model, {
      method: 'full',
      resolve: () => ({}),
      shapesOf: () => shapes,
    })
    tuning.parameters.assign(values)
    await tuning.model.parametersChanged()
    return tuning
  }

  private requireFloat32(): void {
    const { dtype } = this.model
    if (dtype !== 'float32')
      throw new MstaError(
        'ERR_ARGUMENT',
        `Full tuning needs a model loaded with dtype float32, this one is ${dtype}`,
      )
  }

  /** Blocks stay as they are. */
  videoBlock(): undefined {}

  /** Blocks stay as they are. */
  textBlock(): undefined {}

  /**
   * Makes the model's parameters trainable; outside of training they are frozen, and as fast as ever.
   *
   * @throws MstaError ERR_ARGUMENT unless the model computes in float32
   */
  setTraining(training: TrainingStep | null): void {
    if (training) this.requireFloat32()
    this.parameters.setTrainable(training !== null)
  }

  settings(): Record<string, unknown> {
    return {}
  }

  /** Writes all tuned parameters to one safetensors file, atomically. @throws MstaError ERR_FILE */
  save(path: string): Promise<void> {
    return writeAdapterFile(path, this)
  }

  /** Has nothing to free: the model stays as it was tuned. Load it anew for the one of before. */
  dispose(): void {}
}
