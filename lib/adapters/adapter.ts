import type { ModelAdapter, ViClipModel } from '../models/viclip/model.js'
import type { ParameterStore } from '../nn/parameters.js'

/** A training step, for what draws random numbers in it. */
export interface TrainingStep {
  seed: number
  step: number
}

/** A way of tuning a model: what trains, and what it does in the model's blocks. */
export interface Adapter extends ModelAdapter {
  /** What kind it is, as written into its file. */
  readonly method: string
  /** The model it belongs to. */
  readonly model: ViClipModel
  /** What training changes. */
  readonly parameters: ParameterStore
  /** Whether it is training: dropout on, drawn from the given seed and step. */
  setTraining(training: TrainingStep | null): void
  /** Its settings as plain data: what must be known to load it again. */
  settings(): Record<string, unknown>
  /** Writes parameters and settings to one safetensors file, atomically. @throws MstaError ERR_FILE */
  save(path: string): Promise<void>
  /** Frees its memory. */
  dispose(): void
}

/** Something that has a ViCLIP model. */
export interface HasModel {
  readonly model: ViClipModel
}

/** The model of something that is one or has one. */
export const modelOf = (target: ViClipModel | HasModel): ViClipModel =>
  'model' in target ? target.model : target
