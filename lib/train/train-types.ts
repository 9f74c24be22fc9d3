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
  onProgress?: ((progress: TrainProgress) => void) | undefined
  /** Told what the user should know: damaged checkpoints that were passed over. */
  onNote?: ((note: string) => void) | undefined
}

/** Told after every step, and after every validation. */
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
  validation?: EvaluationResult
}

/** The outcome of `train`. */
export interface TrainResult {
  adapter: Adapter
  steps: number
  /** Loss of every step done in this call. */
  losses: number[]
  /** Videos that could not be used. */
  failures: LoaderFailure[]
  validation: EvaluationResult | null
  /** What the frame cache did; null without one. */
  frameCache: FrameCacheStats | null
  /** Path of the adapter file; null without `out`. */
  adapterFile: string | null
}
