import type { Adapter } from '../adapters/adapter.js'
import type { Dataset, LoadDatasetOptions } from '../data/dataset.js'
import type { FrameCacheStats } from '../data/frame-cache/frame-cache.js'
import type { CacheFramesOptions } from '../data/frame-cache/plan.js'
import type { LoaderFailure } from '../data/loader.js'
import type { EvaluationResult } from '../evaluate/evaluate.js'
import type { ViCLIP } from '../recognition/viclip.js'
import type { ClassDescriptions } from './descriptions.js'
import type { Recipe } from './recipes.js'
import type { StepLoss } from './step.js'

/** Options of `train`. */
export interface TrainOptions {
  model: ViCLIP
  /** A new adapter is made from the recipe unless one is given. */
  adapter?: Adapter
  data: Dataset | LoadDatasetOptions
  /** Evaluated after every epoch. */
  validation?: Dataset | LoadDatasetOptions | undefined
  /**
   * Stop after so many validations in a row without a better top-1 accuracy, and end with the adapter of the best one
   * (of equal ones the last). Needs `validation`. Without it the run goes to its end, and ends with its last adapter.
   */
  patience?: number | undefined
  /** Needed for lambda > 0 (MSTA+); of every list the recipe's `descriptionsPerClass` are used. */
  descriptions?: ClassDescriptions | undefined
  recipe: Recipe
  /**
   * Run folder: config.json, metrics.jsonl, events.* for TensorBoard, adapter.safetensors, checkpoint/; with a validation
   * validation.json and adapter-best.safetensors. Nothing is written without it.
   */
  out?: string | undefined
  /** Continue from the checkpoint in `out`, if there is one. */
  resume?: boolean
  /** How many checkpoints stay in `out`: the newest, and earlier ones for the case that it is damaged. Default 2. */
  keepCheckpoints?: number | undefined
  badVideos?: 'skip' | 'fail'
  /**
   * A step whose loss or gradient is not finite: end the run with the last adapter kept, or leave the step out (ten in a
   * row end the run). Default 'stop'.
   */
  onNonFinite?: 'stop' | 'skip'
  /**
   * Megabytes of device memory (2^20 bytes) for what the blocks below the first adapted one make of each video, so
   * that they run once a video instead of every epoch; the numbers stay the same. For B/16 a video takes 4.6 MB. The
   * recipe's augmentation must be 'none'. Nothing is kept unless given.
   */
  cacheVideoPrefix?: number | undefined
  /**
   * Keeps decoded frames of every video of the lists on disk, so that later epochs and runs read instead of
   * decoding; see {@link CacheFramesOptions}.
   */
  cacheFrames?: CacheFramesOptions | undefined
  signal?: AbortSignal | undefined
  /** Told after every step. */
  onProgress?: ((progress: TrainProgress) => void) | undefined
  /** Told after every validation. */
  onValidation?: ((validation: TrainValidation) => void) | undefined
  /** Told what the user should know, such as of damaged checkpoints that were passed over. */
  onNote?: ((note: string) => void) | undefined
}

/** Told after every validation. */
export interface TrainValidation {
  /** The epoch that is done, from 0. */
  epoch: number
  /** Accuracies from 0 to 1. */
  top1: number
  top5: number
  /** Whether none before was better. */
  isBest: boolean
}

/** Told after every step. */
export interface TrainProgress extends StepLoss {
  /** Steps done. */
  step: number
  totalSteps: number
  /** Of the step, from 0. */
  epoch: number
  learningRate: number
  /** Of this step, with the wait for its clips. */
  seconds: number
  /** Most device memory in use by tensors so far in this call, in MiB. */
  peakMemoryMb: number
  /** Of `seconds`, the wait alone: near zero unless decoding or reading binds the training. */
  secondsWaiting: number
}

/** The outcome of `train`. */
export interface TrainResult {
  adapter: Adapter
  steps: number
  /** Loss of every step done in this call. */
  losses: number[]
  /** Videos that could not be used. */
  failures: LoaderFailure[]
  /** The last one of this call or, with `patience`, the best; null without any. */
  validation: EvaluationResult | null
  /** The best validation accuracy of the run, from 0 to 1, and the epoch, from 0, that first had it; null without one. */
  best: { top1: number; epoch: number } | null
  /** What the frame cache did; null without one. */
  frameCache: FrameCacheStats | null
  /** Path of the adapter file; null without `out`. */
  adapterFile: string | null
}
