import { MstaError } from '../../runtime/errors.js'
import type { FrameSelector } from '../../video/decode.js'
import { sampleTest } from '../../video/sampling.js'
import { testShortSide } from '../../video/transforms.js'
import { checkCount } from '../check-count.js'

/**
 * Where decoded frames are kept, and which. Without augmentation those of the test view, and all numbers are the same
 * to the bit; with it, `frames` of each video, among which clips are drawn: the numbers are those without a cache where
 * a video has no more, and is not shrunk. `FrameCache` tells the rest.
 */
export interface CacheFramesOptions {
  /** Made if need be. Several processes and runs may share it. */
  folder: string
  /** Frames kept of a video that is viewed at random, spread evenly over it, or all. Default 32. */
  frames?: number | 'all' | undefined
  /**
   * Short side, in pixels, to which larger frames of a video that is viewed at random are shrunk. Default: that of the
   * test view of one crop, 256 for a model of 224.
   */
  shortSide?: number | undefined
  /** Bytes of the disk that stay free: nothing is written that would take them. Default 2^30. */
  keepFree?: number | undefined
  /**
   * Bytes that the folder's entries may take, by and large: what was not read for longest makes place, but for what was
   * read since the process began. When that alone takes them, nothing more is kept. To be the same for all who share the
   * folder. No limit unless given.
   */
  limitBytes?: number | undefined
  /** Told once, when frames cannot be kept. Default: a warning of the process. */
  onWarning?: ((message: string) => void) | undefined
}

/** The views that a loader takes. */
export interface ViewPlan {
  /** Whether they are those of a test, the same whenever a video comes. */
  isFixed: boolean
  /** Frames of a view. */
  frames: number
  /** Side of a view, in pixels. */
  size: number
  /** Views over time. */
  clips: number
  /** Of each. */
  crops: 1 | 3
}

/** What is kept of every video. */
export interface KeepPlan {
  /** Names the choice of frames, for the key. */
  rule: string
  /** To which larger frames are shrunk, in pixels. */
  shortSide: number
  /** The frames to keep of a video; undefined: those that its views name, in their order. */
  keep: FrameSelector | undefined
}

const DEFAULT_FRAMES = 32

/**
 * What to keep for some views. Fixed ones: exactly the frames they name, at the short side to which their transform
 * resizes them anyway. Random ones: frames spread evenly, all of a video that has no more.
 * @throws MstaError ERR_ARGUMENT
 */
export function keepPlan(views: ViewPlan, options: CacheFramesOptions): KeepPlan {
  const { folder, frames = DEFAULT_FRAMES } = options
  if (typeof folder !== 'string' || folder === '')
    throw new MstaError('ERR_ARGUMENT', 'cacheFrames needs a folder to keep the frames in.')
  if (options.limitBytes !== undefined) checkCount('cacheFrames.limitBytes', options.limitBytes)
  const natural = testShortSide(views.size, views.crops)
  const shortSide = checkCount('cacheFrames.shortSide', options.shortSide ?? natural)
  if (views.isFixed)
    return { rule: `views ${views.clips}x${views.frames}`, shortSide: natural, keep: undefined }
  if (frames !== 'all' && checkCount('cacheFrames.frames', frames) < views.frames)
    throw new MstaError(
      'ERR_ARGUMENT',
      `cacheFrames.frames is ${frames}, and a clip takes ${views.frames}: keep as many at least, or 'all'.`,
    )
  const all = (count: number) => Array.from({ length: count }, (_, i) => i)
  if (frames === 'all') return { rule: 'all', shortSide, keep: all }
  const keep = (count: number) => (count <= frames ? all(count) : sampleTest(count, frames))
  return { rule: `spread ${frames}`, shortSide, keep }
}
