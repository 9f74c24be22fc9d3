import { countValues, type ViClipConfig } from '../../models/viclip/config.js'
import {
  type AdaptedBlocks,
  isAdapted,
  type OptionsOf,
  requireSize,
  requireThat,
  resolveOptions,
} from '../blocks.js'

/** Everything that shapes a LoRA adapter. */
export interface LoraConfig extends AdaptedBlocks {
  /** Rank of each update, r. */
  rank: number
  /** Updates are scaled by alpha / rank. */
  alpha: number
}

/** What a user may set; the rest is that of the paper's table (rank 256 in the video encoder), alpha the rank. */
export type LoraOptions = OptionsOf<LoraConfig>

const DEFAULTS: Omit<LoraConfig, 'layers' | 'alpha'> = { rank: 256, video: true, text: false }

/** A whole configuration from what a user set, checked against the model. Throws ERR_ARGUMENT naming the field. */
export function resolveLoraConfig(options: LoraOptions, model: ViClipConfig): LoraConfig {
  const defaults = { ...DEFAULTS, alpha: options.rank ?? DEFAULTS.rank }
  const config = resolveOptions<LoraConfig>(options, defaults, model, (_, deepest) => [1, deepest])
  requireSize('rank', config.rank)
  requireThat(Number.isFinite(config.alpha), `alpha must be a finite number, got ${config.alpha}`)
  return config
}

/**
 * Every tensor of a LoRA adapter: `{video,text}.{i}.down` [2 r, width], A of the queries over A of the values, and
 * `{video,text}.{i}.up` [2 width, r], their B.
 */
export function loraTensorShapes(config: LoraConfig, model: ViClipConfig): Map<string, number[]> {
  const shapes = new Map<string, number[]>()
  for (const layer of config.layers)
    for (const encoder of ['video', 'text'] as const) {
      if (!isAdapted(config, model, encoder, layer)) continue
      const { width } = model[encoder]
      shapes.set(`${encoder}.${layer - 1}.down`, [2 * config.rank, width])
      shapes.set(`${encoder}.${layer - 1}.up`, [2 * width, config.rank])
    }
  return shapes
}

/** Number of parameters the adapter adds; none once merged. */
export function loraParameterCount(options: LoraOptions, model: ViClipConfig): number {
  return countValues(loraTensorShapes(resolveLoraConfig(options, model), model).values())
}
