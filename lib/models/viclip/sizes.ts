import { MstaError } from '../../runtime/errors.js'
import type { SequenceGroup } from '../../tensor/shape.js'

/** The video encoder's sizes. */
export interface VideoConfig {
  /** Side of the square frames in pixels. */
  resolution: number
  /** Side of a square patch in pixels. */
  patchSize: number
  frames: number
  width: number
  layers: number
  heads: number
  /**
   * Every frame goes through the blocks alone, as in CLIP, and a clip's embedding is the mean of its frames'. Unless
   * given, attention joins all frames.
   */
  frameWise?: true
}

/** The text encoder's sizes. */
export interface TextConfig {
  width: number
  layers: number
  heads: number
  /** Ids a text is padded or cut to. */
  contextLength: number
  vocabularySize: number
}

/** Everything that shapes a ViCLIP model, or a CLIP ({@link VideoConfig.frameWise}). */
export interface ViClipConfig {
  video: VideoConfig
  text: TextConfig
  /** Size of the embeddings both encoders end in. */
  embedDim: number
}

/** ViCLIP B/16 as published. */
export const VICLIP_B16: ViClipConfig = {
  video: { resolution: 224, patchSize: 16, frames: 8, width: 768, layers: 12, heads: 12 },
  text: { width: 512, layers: 12, heads: 8, contextLength: 32, vocabularySize: 49408 },
  embedDim: 512,
}

/** ViCLIP L/14 as published. */
export const VICLIP_L14: ViClipConfig = {
  video: { resolution: 224, patchSize: 14, frames: 8, width: 1024, layers: 24, heads: 16 },
  text: { width: 768, layers: 12, heads: 12, contextLength: 32, vocabularySize: 49408 },
  embedDim: 768,
}

/** A small model with the full vocabulary, for trying everything without a download. */
export const VICLIP_TINY: ViClipConfig = {
  video: { resolution: 64, patchSize: 16, frames: 8, width: 128, layers: 4, heads: 4 },
  text: { width: 96, layers: 3, heads: 4, contextLength: 32, vocabularySize: 49408 },
  embedDim: 64,
}

/** Patches of one frame. */
export function patchesPerFrame({ resolution, patchSize }: VideoConfig): number {
  return (resolution / patchSize) ** 2
}

/** What a video is to the blocks: one sequence of a class token and every frame's patches, or such a one a frame. */
export function videoSequences(video: VideoConfig): SequenceGroup {
  const patches = patchesPerFrame(video)
  return video.frameWise
    ? { sequences: video.frames, tokens: 1 + patches }
    : { sequences: 1, tokens: 1 + patches * video.frames }
}

/** Tokens of one video, class tokens included. */
export function videoTokens(video: VideoConfig): number {
  const { sequences, tokens } = videoSequences(video)
  return sequences * tokens
}

function requireThat(holds: boolean, what: string): void {
  if (!holds) throw new MstaError('ERR_ARGUMENT', `Model configuration: ${what}.`)
}

/** Returns `config` when a model can have it. Throws ERR_ARGUMENT naming the field otherwise. */
export function checkConfig(config: ViClipConfig): ViClipConfig {
  const { video, text, embedDim } = config
  const { frameWise, ...videoSizes } = video
  requireThat(frameWise === undefined || frameWise, 'video.frameWise is either true or left out')
  const sizes: [string, number][] = [
    ...Object.entries(videoSizes).map(([key, size]): [string, number] => [`video.${key}`, size]),
    ...Object.entries(text).map(([key, size]): [string, number] => [`text.${key}`, size]),
    ['embedDim', embedDim],
  ]
  for (const [name, size] of sizes) {
    requireThat(Number.isSafeInteger(size) && size > 0, `${name} must be a positive integer, got ${size}`)
  }
  const { resolution, patchSize } = video
  requireThat(
    resolution % patchSize === 0,
    `video.resolution ${resolution} must be a multiple of video.patchSize ${patchSize}`,
  )
  for (const [name, encoder] of Object.entries({ video, text })) {
    const { width, heads } = encoder
    requireThat(width % heads === 0, `${name}.width ${width} must be a multiple of ${name}.heads ${heads}`)
  }
  requireThat(text.contextLength >= 2, 'text.contextLength must be at least 2, for the start and end tokens')
  return config
}

/**
 * The model of a parity fixture's `NAME.json` (the whole file, or its `config`).
 * Throws ERR_FORMAT for a key that is missing or no number, ERR_ARGUMENT as {@link checkConfig}.
 */
export function parseFixtureConfig(json: unknown): ViClipConfig {
  const outer = (json ?? {}) as Record<string, unknown>
  const keys = (outer.config ?? outer) as Record<string, unknown>
  const size = (key: string): number => {
    const value = keys[key]
    if (typeof value === 'number') return value
    throw new MstaError('ERR_FORMAT', `Fixture specification: key "${key}" is missing or not a number.`)
  }
  return checkConfig({
    video: {
      resolution: size('res'),
      patchSize: size('patch'),
      frames: size('T'),
      width: size('vwidth'),
      layers: size('vlayers'),
      heads: size('vheads'),
    },
    text: {
      width: size('twidth'),
      layers: size('tlayers'),
      heads: size('theads'),
      contextLength: size('ctx'),
      vocabularySize: size('vocab'),
    },
    embedDim: size('out'),
  })
}
