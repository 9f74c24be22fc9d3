import { countValues, type ViClipConfig } from '../../models/viclip/config.js'
import type { LayerChoice } from '../msta/config.js'
import { mstaTensorShapes, resolveMstaConfig } from '../msta/config.js'

/** Everything that shapes an AdaptFormer adapter. */
export interface AdaptFormerOptions {
  /** Width of the adapter's inner path. */
  dim: number
  layers: LayerChoice
  /** Whether the video encoder is adapted; yes when left out. */
  video?: boolean
  /** Whether the text encoder is adapted; yes when left out. */
  text?: boolean
}

/** Every tensor of an AdaptFormer adapter, which is MSTA's without S and V: `{video,text}.{i}.{down,up}.{weight,bias}`. */
export function adaptFormerTensorShapes(
  options: AdaptFormerOptions,
  model: ViClipConfig,
): Map<string, number[]> {
  return mstaTensorShapes(resolveMstaConfig({ ...options, shared: false, temporal: 'none' }, model), model)
}

/** Number of parameters the adapter adds. */
export function adaptFormerParameterCount(options: AdaptFormerOptions, model: ViClipConfig): number {
  return countValues(adaptFormerTensorShapes(options, model).values())
}
