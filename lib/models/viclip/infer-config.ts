import { MstaError } from '../../runtime/errors.js'
import { checkConfig, VICLIP_B16, type ViClipConfig } from './sizes.js'

/** Heads of the encoders, which no shape tells. */
export interface Heads {
  /** Heads of the video encoder; ViCLIP has one for every 64 columns of the width. */
  videoHeads?: number
  /** Heads of the text encoder, likewise. */
  textHeads?: number
}

/** What a checkpoint's shapes do not tell. */
export interface InferOptions extends Heads {
  /** Whether it is frame-wise, and of how many frames; 8 unless given. */
  frameWise?: boolean
  frames?: number
  /** Names the checkpoint in errors. */
  file?: string
  /** A tensor's name in that file. */
  nameOf?: (parameter: string) => string
}

const HEAD_WIDTH = 64
const TEMPORAL = 'vision_encoder.temporal_positional_embedding'
const normOf = (encoder: string, block: number): string =>
  `${encoder}.transformer.resblocks.${block}.ln_1.weight`
/** What sizes are read from. */
const SIZED = [
  'vision_encoder.conv1.weight',
  'vision_encoder.positional_embedding',
  TEMPORAL,
  'vision_encoder.proj',
  normOf('vision_encoder', 0),
  'text_encoder.token_embedding.weight',
  'text_encoder.positional_embedding',
  normOf('text_encoder', 0),
]

/**
 * The configuration of a checkpoint, from the shapes of its tensors by their names in ViCLIP (further ones are ignored).
 * Throws ERR_CHECKPOINT when tensors it is read from are missing, all of which it names, or of another rank, ERR_ARGUMENT as `checkConfig`.
 */
export function inferConfig(
  shapes: Pick<ReadonlyMap<string, readonly number[]>, 'get'>,
  options: InferOptions = {},
): ViClipConfig {
  const { frameWise, nameOf = (parameter) => parameter } = options
  const file = options.file ?? 'checkpoint'
  const fail = (what: string): MstaError =>
    new MstaError(
      'ERR_CHECKPOINT',
      `${file}: ${what}. It is no checkpoint of ViCLIP, or of a CLIP with a vision transformer, under public names.`,
      {
        ...(options.file !== undefined && { file: options.file }),
      },
    )
  const shapeOf = (name: string, rank: number): number[] => {
    const shape = shapes.get(name)!
    if (shape.length !== rank)
      throw fail(`tensor "${nameOf(name)}" has the shape [${shape}] where ${rank} dimensions are expected`)
    return [...shape]
  }
  const countBlocks = (encoder: string): number => {
    let layers = 0
    while (shapes.get(normOf(encoder, layers))) layers++
    return layers
  }
  const headsOf = (name: string, width: number, heads: number | undefined): number => {
    if (heads !== undefined) return heads
    if (width % HEAD_WIDTH === 0) return width / HEAD_WIDTH
    throw new MstaError(
      'ERR_ARGUMENT',
      `${file}: the ${name} encoder's width ${width} is no multiple of ${HEAD_WIDTH}, so its heads are unknown. ` +
        `Pass ${name}Heads.`,
    )
  }
  const missing = SIZED.filter((name) => !shapes.get(name) && !(frameWise && name === TEMPORAL))
  if (missing.length > 0) {
    const names = missing.map((name) => `"${nameOf(name)}"`).join(', ')
    throw fail(missing.length > 1 ? `tensors ${names} are missing` : `tensor ${names} is missing`)
  }
  const [width = 0, , , patchSize = 0] = shapeOf('vision_encoder.conv1.weight', 5)
  const [positions = 0] = shapeOf('vision_encoder.positional_embedding', 2)
  const frames = frameWise ? (options.frames ?? VICLIP_B16.video.frames) : shapeOf(TEMPORAL, 3)[1]!
  const [, embedDim = 0] = shapeOf('vision_encoder.proj', 2)
  const [vocabularySize = 0, textWidth = 0] = shapeOf('text_encoder.token_embedding.weight', 2)
  const [contextLength = 0] = shapeOf('text_encoder.positional_embedding', 2)
  const grid = Math.sqrt(positions - 1)
  if (!Number.isInteger(grid) || grid === 0) {
    throw fail(
      `tensor "${nameOf('vision_encoder.positional_embedding')}" has ${positions} rows, which is not 1 and a square`,
    )
  }
  return checkConfig({
    video: {
      resolution: grid * patchSize,
      patchSize,
      frames,
      width,
      layers: countBlocks('vision_encoder'),
      heads: headsOf('video', width, options.videoHeads),
      ...(frameWise && { frameWise: true }),
    },
    text: {
      width: textWidth,
      layers: countBlocks('text_encoder'),
      heads: headsOf('text', textWidth, options.textHeads),
      contextLength,
      vocabularySize,
    },
    embedDim,
  })
}
