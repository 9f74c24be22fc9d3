import type { ViClipConfig } from '../models/viclip/config.js'
import { MstaError } from '../runtime/errors.js'

/** Which blocks an adapter changes. */
export interface AdaptedBlocks {
  /** Adapted blocks, 1-based and ascending. Where one encoder has no block i, the other is adapted alone. */
  layers: readonly number[]
  /** Whether the video encoder is adapted. */
  video: boolean
  /** Whether the text encoder is adapted. */
  text: boolean
}

/** Blocks to adapt, 1-based: a range as [first, last] or 'first-last', or a list. */
export type LayerChoice = readonly [first: number, last: number] | string | { blocks: readonly number[] }

/** What a user may set of a configuration; the rest has defaults. */
export type OptionsOf<Config extends AdaptedBlocks> = Partial<Omit<Config, 'layers'>> & {
  layers?: LayerChoice
}

/** @throws MstaError ERR_ARGUMENT unless it holds */
export function requireThat(holds: boolean, what: string): void {
  if (!holds) throw new MstaError('ERR_ARGUMENT', `Adapter: ${what}.`)
}

/** @throws MstaError ERR_ARGUMENT unless it is one */
export function requireSize(name: string, value: number): void {
  requireThat(Number.isSafeInteger(value) && value > 0, `${name} must be a positive integer, got ${value}`)
}

function parseRange(choice: LayerChoice): [number, number] {
  if (typeof choice === 'string') {
    const match = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(choice)
    requireThat(match !== null, `layers "${choice}" is not a block or a range such as 8-12`)
    return [Number(match![1]), Number(match![2] ?? match![1])]
  }
  const isPair = Array.isArray(choice) && choice.length === 2
  requireThat(isPair, 'layers must be [first, last], "first-last" or { blocks: [...] }')
  const [first, last] = choice as readonly [number, number]
  return [first, last]
}

/**
 * The adapted blocks that `choice` names, ascending and 1-based, in a model whose deepest encoder has `depth` blocks.
 * Throws ERR_ARGUMENT for a block outside 1 to `depth`, an empty choice, a repeated block or an unknown form.
 */
export function resolveLayers(choice: LayerChoice, depth: number): number[] {
  let blocks: number[]
  if (typeof choice === 'object' && choice !== null && 'blocks' in choice) {
    requireThat(Array.isArray(choice.blocks), 'layers.blocks must be a list of block numbers')
    blocks = [...choice.blocks]
  } else {
    const [first, last] = parseRange(choice)
    const ordered =
      Number.isSafeInteger(first) && Number.isSafeInteger(last) && first <= last && last <= depth
    requireThat(
      ordered,
      `layers ${first}-${last} is no range of the blocks of this model, 1-${depth}: set adapter.layers=1-${depth}, or take the recipe small`,
    )
    blocks = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  }
  requireThat(blocks.length > 0, 'layers names no block')
  for (const block of blocks) {
    const inside = Number.isSafeInteger(block) && block >= 1 && block <= depth
    requireThat(inside, `block ${block} is outside the model's blocks 1-${depth} (counted from 1)`)
  }
  requireThat(new Set(blocks).size === blocks.length, `layers ${blocks.join(', ')} name a block twice`)
  return blocks.sort((a, b) => a - b)
}

/**
 * A whole configuration from what a user set, with its blocks checked against the model.
 *
 * @param defaultLayers given the blocks of the shallowest and the deepest adapted encoder
 * @throws MstaError ERR_ARGUMENT naming the option
 */
export function resolveOptions<Config extends AdaptedBlocks>(
  options: OptionsOf<Config>,
  defaults: Omit<Config, 'layers'>,
  model: ViClipConfig,
  defaultLayers: (shallowest: number, deepest: number) => LayerChoice,
): Config {
  const { layers, ...rest } = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as OptionsOf<Config>
  const unknown = Object.keys(rest).find((key) => !Object.hasOwn(defaults, key))
  requireThat(unknown === undefined, `unknown option "${unknown}"`)
  const config = { ...defaults, ...rest } as Omit<Config, 'layers'> & Omit<AdaptedBlocks, 'layers'>
  for (const [name, value] of Object.entries(config)) {
    const isFlag = typeof defaults[name as keyof typeof defaults] === 'boolean'
    requireThat(!isFlag || typeof value === 'boolean', `${name} must be true or false, got ${value}`)
  }
  const { video, text } = config
  requireThat(video || text, 'video and text are both off, which leaves nothing to train')
  const depths = [video ? model.video.layers : 0, text ? model.text.layers : 0].filter((depth) => depth > 0)
  const [shallowest, deepest] = [Math.min(...depths), Math.max(...depths)]
  const chosen = resolveLayers(layers === undefined ? defaultLayers(shallowest, deepest) : layers, deepest)
  return { ...config, layers: chosen } as unknown as Config
}

/** The options that a configuration comes from, as read from a file. */
export function toOptions<Config extends AdaptedBlocks>(config: Config): OptionsOf<Config> {
  const { layers, ...rest } = config
  return { ...rest, layers: { blocks: layers } }
}

/** Whether block `layer` (1-based) of an encoder is adapted. */
export function isAdapted(
  adapted: AdaptedBlocks,
  model: ViClipConfig,
  encoder: 'video' | 'text',
  layer: number,
): boolean {
  return adapted[encoder] && layer <= model[encoder].layers && adapted.layers.includes(layer)
}
