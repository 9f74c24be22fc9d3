import type { EvaluationResult } from '../evaluate/evaluate.js'
import type { Recipe } from '../train/recipes.js'
import type { ProtocolRequest } from './request.js'

/** An accuracy over runs, or over splits: 0 to 1. */
export interface Summary {
  mean: number
  /** Null for fewer than ddof + 1 values. */
  std: number | null
  ddof: number
  values: number[]
  /** Of the runs that the values are of; none where nothing was trained. */
  seeds: number[]
}

/** What a run trained on and how. */
export interface TrainingResult {
  list: { file: string; sha256: string }
  /** Class names, in the order of the ids. */
  classes: string[]
  videos: number
  /** Videos of the class that has most. */
  shots: number
  seed: number
  steps: number
  /** Of the last step. */
  loss: number | null
  failed: number
  failures: { path: string; message: string }[]
  seconds: number
  /** The adapter's file and the hash of its bytes; null where none was written. */
  adapter: { file: string; sha256: string } | null
}

/** One training, or one model as it is, with its tests. */
export interface RunResult {
  name: string
  training: TrainingResult | null
  /** By name: `test`, `split1`, ..., or `base` and `novel`. */
  tests: { name: string; result: EvaluationResult }[]
}

/** A row of the table: a system with its runs. */
export interface SystemResult {
  system: string
  title: string
  recipe: Recipe | null
  /** Videos of each class that it was trained on; null for a model as it is. */
  shots: number | null
  parameters: { trained: number; total: number }
  /** How it computed; what tunes the whole model does in float32. */
  dtype: string
  /** Over runs and splits; of base-to-novel over all videos of both halves, each among its own class names. */
  top1: Summary
  top5: Summary
  base?: Summary
  novel?: Summary
  /** `mean` is the harmonic mean 2BN/(B+N) of the mean accuracies, `std` and `values` are of each run's own. */
  hm?: Summary
  videos: number
  failed: number
  runs: RunResult[]
}

/** Where figures come from, besides the request. */
export interface Provenance {
  version: string
  /** The models' files, by content. */
  weights: { source: string; sha256: string | null }[]
  device: string
  /** Frames of a clip, and how its pictures become the model's input. */
  preprocessing: {
    frames: number
    size: number
    views: string
    mean: number[]
    std: number[]
    resize: string
  }
  created: string
  seconds: number
}

/** The figures of the table's last row. */
export interface Headline extends Pick<SystemResult, 'base' | 'novel' | 'hm'> {
  /** Means over runs and splits, 0 to 1. */
  top1: number
  top5: number
  /** Videos scored, in all runs together. */
  videos: number
  failed: number
}

/** A protocol's outcome, with all that is needed to compare it and to run it again: a result bundle. */
export interface ProtocolResult extends Headline {
  format: 'msta-native results'
  formatVersion: number
  protocol: ProtocolRequest['protocol']
  request: ProtocolRequest
  provenance: Provenance
  systems: SystemResult[]
  notes: string[]
}
