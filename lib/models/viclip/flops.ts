import { type ViClipConfig, videoSequences } from './sizes.js'

/** Multiply-accumulates of a stack of transformer blocks, by component. */
export interface BlockMacs {
  /** Query, key, value and output projections: 4 W^2 N a block. */
  attentionProjections: number
  /** Scores and weighted values of attention: 2 N^2 W a block and sequence. */
  attentionScores: number
  /** The two linear layers of the MLP: 8 W^2 N a block. */
  mlp: number
  /** Sum of the above. */
  total: number
}

/** Multiply-accumulates of one clip through the video encoder. */
export interface VideoMacs {
  patches: number
  /** One block; all are alike. */
  block: BlockMacs
  /** All blocks together. */
  blocks: BlockMacs
  projection: number
  total: number
}

/** Multiply-accumulates of the class prompts through the text encoder. Looking up embeddings costs none. */
export interface TextMacs {
  prompts: number
  /** Ids of each prompt that are computed. */
  length: number
  block: BlockMacs
  blocks: BlockMacs
  projection: number
  total: number
}

/** Multiply-accumulates of one classification: a clip against the prompts. */
export interface ViClipMacs {
  video: VideoMacs
  text: TextMacs
  similarity: number
  total: number
}

/**
 * The paper's figures, in 10^9, counted by a tool it does not name. To print beside ours; ours are never tuned to them.
 */
export const PAPER_GMACS = {
  zeroShotViClip: 161.74,
  adaptedViClip: [179.8, 179.84],
  clip8Frames: 141,
  clip16Frames: 281,
} as const

function multiply(macs: BlockMacs, factor: number): BlockMacs {
  return {
    attentionProjections: macs.attentionProjections * factor,
    attentionScores: macs.attentionScores * factor,
    mlp: macs.mlp * factor,
    total: macs.total * factor,
  }
}

/** One block of `width` on one sequence of `tokens`; causal attention is counted in full. */
export function blockMacs(tokens: number, width: number): BlockMacs {
  const attentionProjections = 4 * width ** 2 * tokens
  const attentionScores = 2 * tokens ** 2 * width
  const mlp = 8 * width ** 2 * tokens
  return { attentionProjections, attentionScores, mlp, total: attentionProjections + attentionScores + mlp }
}

/** Multiply-accumulates of one clip of `config.video.frames` frames, every token through every block. */
export function videoMacs({ video, embedDim }: ViClipConfig): VideoMacs {
  const { sequences, tokens } = videoSequences(video)
  const patches = sequences * (tokens - 1) * 3 * video.patchSize ** 2 * video.width
  const block = multiply(blockMacs(tokens, video.width), sequences)
  const blocks = multiply(block, video.layers)
  const projection = sequences * video.width * embedDim
  return { patches, block, blocks, projection, total: patches + blocks.total + projection }
}

/** Multiply-accumulates of `prompts` texts of `length` ids each, the padded context unless given. */
export function textMacs(
  { text, embedDim }: ViClipConfig,
  prompts: number,
  length = text.contextLength,
): TextMacs {
  const block = multiply(blockMacs(length, text.width), prompts)
  const blocks = multiply(block, text.layers)
  const projection = prompts * text.width * embedDim
  return { prompts, length, block, blocks, projection, total: blocks.total + projection }
}

/** Multiply-accumulates of one clip, `prompts` class prompts and their similarities. */
export function viclipMacs(config: ViClipConfig, prompts: number, length?: number): ViClipMacs {
  const video = videoMacs(config)
  const text = textMacs(config, prompts, length)
  const similarity = prompts * config.embedDim
  return { video, text, similarity, total: video.total + text.total + similarity }
}

/** Multiply-accumulates of one frame through the CLIP image encoder of the same sizes, for comparison. */
export function clipFrameMacs(config: ViClipConfig): number {
  return videoMacs({ ...config, video: { ...config.video, frames: 1, frameWise: true } }).total
}
