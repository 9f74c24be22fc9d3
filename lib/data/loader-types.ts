import type { DecodeManyOptions } from '../video/decode-many.js'
import type { FrameTransform, PaperTransformOptions, TransformPreset } from '../video/transforms.js'
import type { CacheFramesOptions } from './frame-cache/plan.js'

/** One clip of a video, decoded, and what is still to be done to its pixels; a skipped one has no frames. */
export interface LoaderClip {
  /** [T, height, width, 3], rgb24. Views of one video share a buffer: do not write to it. */
  frames: Uint8Array
  height: number
  width: number
  /** One for each crop (training: one), to be applied to all T frames. */
  transforms: FrameTransform[]
  /** 0-based class id. */
  label: number
  /** Path as the list writes it. */
  path: string
  /** Position of the video in the data set's entries. */
  entry: number
  /** Number of the temporal view, 0-based; training has only 0. */
  view: number
  /** Decoded-frame numbers of the T frames. */
  indices: number[]
}

/** A video that could not be used. */
export interface LoaderFailure {
  path: string
  file: string
  label: number
  error: Error
}

/** One batch. Bad videos leave gaps (`clips` may even be empty): the others never move to another batch. */
export interface LoaderBatch {
  epoch: number
  /** 0-based number in the epoch. */
  index: number
  clips: LoaderClip[]
  failures: LoaderFailure[]
}

/** Options common to training and evaluation. */
export interface LoaderBaseOptions extends Omit<DecodeManyOptions, 'batchSize' | 'decode'> {
  /** Videos in a batch. */
  batchSize: number
  /** Frames of a clip, T. Default 8. */
  frames?: number
  /** Side of the output pictures in pixels. Default 224. */
  size?: number
  /** A video that cannot be decoded: leave out and report, or throw its error. Default 'skip'. */
  badVideos?: 'skip' | 'fail'
  /** With 'skip': the share of an epoch's videos that may be bad; one may always be. Default 0.05. */
  maxFailureShare?: number
  /** Videos that one ffmpeg process decodes; see decodeMany. */
  decodeBatchSize?: number
  /** Keeps decoded frames on disk; see FrameCache. */
  cacheFrames?: CacheFramesOptions | undefined
}

/** Options of a training loader: shuffled, one random clip and one random transform a video. */
export interface TrainLoaderOptions extends LoaderBaseOptions {
  mode: 'train'
  /** A whole number from 0; fixes order, frames and transforms of every epoch. */
  seed: number
  /** Training transform. Default 'paper'. With 'none' frames and view are those of a test, in every epoch. */
  preset?: TransformPreset | 'none'
  /** Crop ranges of the preset 'paper'. */
  crop?: PaperTransformOptions
  /** Leave out a last batch that is not full. Default false. */
  dropLast?: boolean
}

/** Options of an evaluation loader: list order, fixed views, nothing left out. */
export interface TestLoaderOptions extends LoaderBaseOptions {
  mode: 'test'
  /** Temporal views and crops of each. Default 1 x 1. */
  views?: { clips: number; crops: 1 | 3 }
}

/** See {@link TrainLoaderOptions} and {@link TestLoaderOptions}. */
export type LoaderOptions = TrainLoaderOptions | TestLoaderOptions
