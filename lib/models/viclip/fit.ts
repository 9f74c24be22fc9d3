import { MstaError } from '../../runtime/errors.js'
import { interpolateSpatial, interpolateTemporal } from './interpolate.js'
import { patchesPerFrame, VICLIP_B16, type ViClipConfig } from './sizes.js'

const SPATIAL = 'vision_encoder.positional_embedding'
const TEMPORAL = 'vision_encoder.temporal_positional_embedding'
const TEXT = 'text_encoder.positional_embedding'

/** What a model is to be, where that is not what its checkpoint is. */
export interface FitOptions {
  /**
   * Frames a clip, if other than the checkpoint's: the temporal embedding is interpolated linearly. A CLIP's checkpoint
   * tells none: 8 unless given.
   */
  frames?: number | undefined
  /** Frame side in pixels, if other than the checkpoint's: the spatial embedding is interpolated bicubically. */
  resolution?: number | undefined
  /**
   * `'viclip'` makes a ViCLIP of a CLIP, as it was before its training on videos: the temporal embedding is zero, and
   * texts are cut to 32 ids. A CLIP is loaded frame-wise otherwise.
   */
  as?: 'viclip' | undefined
}

/** The configuration of the model that is made of a checkpoint's. @throws MstaError ERR_ARGUMENT for an unknown `as` */
export function fitConfig(stored: ViClipConfig, { frames, resolution, as }: FitOptions): ViClipConfig {
  if (as !== undefined && as !== 'viclip')
    throw new MstaError('ERR_ARGUMENT', `A checkpoint can be loaded as "viclip" or as it is, not as "${as}"`)
  const { frameWise, ...video } = {
    ...stored.video,
    frames: frames ?? stored.video.frames,
    resolution: resolution ?? stored.video.resolution,
  }
  if (!frameWise) return { ...stored, video }
  if (!as) return { ...stored, video: { ...video, frameWise } }
  const contextLength = Math.min(stored.text.contextLength, VICLIP_B16.text.contextLength)
  return { ...stored, video, text: { ...stored.text, contextLength } }
}

/** The values of an embedding whose shape is not the same in both configurations. */
export function fitEmbedding(
  name: string,
  values: Float32Array,
  from: ViClipConfig,
  to: ViClipConfig,
): Float32Array {
  const { width } = to.video
  const side = ({ video }: ViClipConfig) => Math.sqrt(patchesPerFrame(video))
  switch (name) {
    case TEMPORAL:
      return interpolateTemporal(values, from.video.frames, to.video.frames, width)
    case SPATIAL:
      return interpolateSpatial(values, side(from), side(to), width)
    case TEXT:
      return values.subarray(0, to.text.contextLength * to.text.width)
    default:
      return values
  }
}
