import { countValues, type ViClipConfig } from '../../models/viclip/config.js'
import { MstaError } from '../../runtime/errors.js'
import {
  type AdaptedBlocks,
  isAdapted,
  type OptionsOf,
  requireSize,
  requireThat,
  resolveOptions,
} from '../blocks.js'

export { isAdapted }

/** The temporal up-projection: grouped convolution, depth-wise convolution of the up-projected path, or none. */
export type TemporalKind = 'conv' | 'depthwise' | 'none'

/** Everything that shapes an MSTA adapter. Block i of the video and of the text encoder share the projection S_i. */
export interface MstaConfig extends AdaptedBlocks {
  /** Width of the adapter's inner path, r. */
  dim: number
  /** Scale of the adapter's output. */
  alpha: number
  /** Probability of dropping a value of the inner path in training. */
  dropout: number
  /** Whether there is a projection S between down and up. */
  shared: boolean
  temporal: TemporalKind
  /** Frames that the temporal convolution sees; odd. */
  temporalKernel: number
}

/** What a user may set; the rest is the few-shot recipe's (r 128 on blocks 8-12). */
export type MstaOptions = OptionsOf<MstaConfig>

const DEFAULTS: Omit<MstaConfig, 'layers'> = {
  dim: 128,
  alpha: 0.005,
  dropout: 0.1,
  video: true,
  text: true,
  shared: true,
  temporal: 'conv',
  temporalKernel: 3,
}
const TEMPORAL_KINDS: readonly TemporalKind[] = ['conv', 'depthwise', 'none']

/**
 * A whole configuration from what a user set, checked against the model. Without `layers`: 8-12 of twelve blocks, in
 * general the last five of the shallower adapted encoder. Throws ERR_ARGUMENT naming the field.
 */
export function resolveMstaConfig(options: MstaOptions, model: ViClipConfig): MstaConfig {
  const lastFive = (shallowest: number) => [Math.max(1, shallowest - 4), shallowest] as const
  const config = resolveOptions<MstaConfig>(options, DEFAULTS, model, lastFive)
  const { dim, alpha, dropout, temporal, temporalKernel } = config
  requireSize('dim', dim)
  requireThat(Number.isFinite(alpha), `alpha must be a finite number, got ${alpha}`)
  requireThat(
    Number.isFinite(dropout) && dropout >= 0 && dropout < 1,
    `dropout must be at least 0 and below 1, got ${dropout}`,
  )
  requireThat(
    TEMPORAL_KINDS.includes(temporal),
    `temporal must be one of ${TEMPORAL_KINDS.join(', ')}, got ${temporal}`,
  )
  requireThat(
    !(model.video.frameWise && config.video && temporal !== 'none'),
    `temporal "${temporal}" needs the frames of a clip in one sequence, and a CLIP takes each frame alone: set temporal ` +
      'none, adapt the text encoder only, or take AdaptFormer or LoRA',
  )
  requireThat(
    Number.isSafeInteger(temporalKernel) && temporalKernel > 0 && temporalKernel % 2 === 1,
    `temporalKernel must be an odd positive integer, got ${temporalKernel}`,
  )
  return config
}

/** The adapter of a parity fixture's `NAME.json`: from its block `start` to the top. Throws ERR_FORMAT, ERR_ARGUMENT. */
export function parseFixtureAdapter(json: unknown, model: ViClipConfig): MstaConfig {
  const { dim, start, alpha, kt, shared } = ((json as Record<string, unknown>)?.adapter ?? {}) as Record<
    string,
    unknown
  >
  for (const [key, value] of Object.entries({ dim, start, alpha })) {
    if (typeof value !== 'number') {
      throw new MstaError(
        'ERR_FORMAT',
        `Fixture specification: key "adapter.${key}" is missing or not a number.`,
      )
    }
  }
  const top = Math.max(model.video.layers, model.text.layers)
  const options = { dim, alpha, layers: [start, top], dropout: 0, shared, temporalKernel: kt } as MstaOptions
  return resolveMstaConfig(options, model)
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

/** Groups of the temporal convolution from r = `dim` to `width` channels. */
export function temporalGroups(config: Pick<MstaConfig, 'dim' | 'temporal'>, width: number): number {
  return config.temporal === 'depthwise' ? width : greatestCommonDivisor(config.dim, width)
}

/** Every tensor of the adapter with its shape, under SPEC's names: block numbers in names count from 0. */
export function mstaTensorShapes(
  config: Omit<MstaConfig, 'alpha' | 'dropout'>,
  model: ViClipConfig,
): Map<string, number[]> {
  const { dim, temporal, temporalKernel } = config
  const shapes = new Map<string, number[]>()
  const add = (name: string, weight: number[]): void => {
    shapes.set(`${name}.weight`, weight)
    shapes.set(`${name}.bias`, [weight[0]!])
  }
  for (const layer of config.layers) {
    const i = layer - 1
    for (const encoder of ['video', 'text'] as const) {
      if (!isAdapted(config, model, encoder, layer)) continue
      const { width } = model[encoder]
      add(`${encoder}.${i}.down`, [dim, width])
      add(`${encoder}.${i}.up`, [width, dim])
      if (encoder === 'text' || temporal === 'none') continue
      const inputs = temporal === 'depthwise' ? width : dim
      add(`video.${i}.temporal`, [width, inputs / temporalGroups(config, width), temporalKernel, 1, 1])
    }
    if (config.shared) add(`shared.${i}`, [dim, dim])
  }
  return shapes
}

/** Number of parameters the adapter adds, all of them trainable. */
export function mstaParameterCount(config: MstaConfig, model: ViClipConfig): number {
  return countValues(mstaTensorShapes(config, model).values())
}
