import { countValues, type ViClipConfig } from '../../models/viclip/config.js'
import { type AdaptedBlocks, type OptionsOf, requireSize, requireThat, resolveOptions } from '../blocks.js'
import { mstaTensorShapes } from '../msta/config.js'

/** Everything that shapes an AdaptFormer adapter. */
export interface AdaptFormerConfig extends AdaptedBlocks {
  /** Width of the adapter's inner path. */
  dim: number
  /** Scale of the adapter's output. */
  scale: number
}

/** What a user may set; the rest is that of the paper's table (width 256 in every block of both encoders, scale 0.1). */
export type AdaptFormerOptions = OptionsOf<AdaptFormerConfig>

const DEFAULTS: Omit<AdaptFormerConfig, 'layers'> = { dim: 256, scale: 0.1, video: true, text: true }

/** A whole configuration from what a user set, checked against the model. Throws ERR_ARGUMENT naming the field. */
export function resolveAdaptFormerConfig(
  options: AdaptFormerOptions,
  model: ViClipConfig,
): AdaptFormerConfig {
  const config = resolveOptions<AdaptFormerConfig>(options, DEFAULTS, model, (_, deepest) => [1, deepest])
  requireSize('dim', config.dim)
  requireThat(Number.isFinite(config.scale), `scale must be a finite number, got ${config.scale}`)
  return config
}

/** Every tensor of an AdaptFormer adapter, which is MSTA's without S and V: `{video,text}.{i}.{down,up}.{weight,bias}`. */
export function adaptFormerTensorShapes(
  options: AdaptFormerOptions,
  model: ViClipConfig,
): Map<string, number[]> {
  const config = resolveAdaptFormerConfig(options, model)
  return mstaTensorShapes({ ...config, shared: false, temporal: 'none', temporalKernel: 1 }, model)
}

/** Number of parameters the adapter adds. */
export function adaptFormerParameterCount(options: AdaptFormerOptions, model: ViClipConfig): number {
  return countValues(adaptFormerTensorShapes(options, model).values())
}
