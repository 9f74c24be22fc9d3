import { openTensorFile } from '../../formats/open.js'
import type { TensorFile } from '../../formats/safetensors.js'
import { MstaError } from '../../runtime/errors.js'
import { type Heads, inferConfig } from '../viclip/infer-config.js'
import type { ViClipConfig } from '../viclip/sizes.js'
import { expectedTensors } from '../viclip/tensors.js'
import { readHubConfig } from './hub-config.js'
import { HUGGING_FACE_LAYOUT } from './hugging-face.js'
import { StoredModel } from './stored-model.js'

/** How a checkpoint is opened. */
export interface OpenCheckpointOptions {
  /** Heads of the encoders, where neither the checkpoint nor width / 64 tells them. */
  heads?: Heads
  /**
   * The CLIP checkpoint, a file or a folder, that a ViFi-CLIP was tuned from: such a checkpoint holds no token embedding,
   * and takes this one's.
   */
  base?: string | undefined
  signal?: AbortSignal | undefined
}

/** A checkpoint that has all tensors of a model. */
export interface Checkpoint {
  stored: StoredModel
  config: ViClipConfig
}

/** Metadata of ours, which no tensor shape tells: the heads of both encoders, and the frames of a CLIP. */
const HEADS = 'msta.heads'
const FRAMES = 'msta.frames'
/** No tensor of a CLIP bounds its frames, and clips are as large as the file tells. */
const MOST_FRAMES = 1024

/**
 * Opens a checkpoint of ViCLIP, CLIP or ViFi-CLIP and checks its tensors; reads no numbers.
 *
 * @param path a file or folder that `openTensorFile` reads
 * @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT with the missing, unexpected and mis-shaped names; ERR_ARGUMENT
 *   for a base that is not needed, and for sizes that no model can have
 */
export async function openCheckpoint(path: string, options: OpenCheckpointOptions = {}): Promise<Checkpoint> {
  const open = (each: string) => openTensorFile(each, options)
  const file = await open(path)
  return recogniseCheckpoint(file, options.base === undefined ? undefined : await open(options.base), options)
}

/** {@link openCheckpoint} of opened files. */
export async function recogniseCheckpoint(
  file: TensorFile,
  base: TensorFile | undefined,
  { heads, signal }: OpenCheckpointOptions,
): Promise<Checkpoint> {
  const stored = StoredModel.of(file, base)
  const { layout } = stored
  const told =
    layout === HUGGING_FACE_LAYOUT ? await readHubConfig(file.path, signal) : parseHeads(file.metadata[HEADS])
  const config = inferConfig(stored, {
    ...told,
    ...heads,
    frameWise: layout.isClip,
    ...(file.metadata[FRAMES] !== undefined && { frames: parseFrames(file.path, file.metadata[FRAMES]) }),
    file: file.path,
    nameOf: (parameter) => stored.locate(parameter).names[0]!,
  })
  stored.check(expectedTensors(config))
  return { stored, config }
}

/** The metadata that a file of a model has: what {@link openCheckpoint} reads of it. */
export function checkpointMetadata({ video, text }: ViClipConfig): Record<string, string> {
  return {
    [HEADS]: `${video.heads},${text.heads}`,
    ...(video.frameWise && { [FRAMES]: String(video.frames) }),
  }
}

function parseFrames(file: string, text: string): number {
  const frames = Number(text)
  if (Number.isInteger(frames) && frames >= 1 && frames <= MOST_FRAMES) return frames
  const message = `${file}: its metadata ${FRAMES} is ${JSON.stringify(text)}, no whole number from 1 to ${MOST_FRAMES}`
  throw new MstaError('ERR_CHECKPOINT', message, { file })
}

function parseHeads(text: string | undefined): Heads {
  const [videoHeads, textHeads] = (text ?? '').split(',').map(Number)
  return videoHeads && textHeads ? { videoHeads, textHeads } : {}
}
