import { MstaError } from '../runtime/errors.js'
import { hintFrameCount } from './containers/hint.js'
import { type DecodeOptions, type DecodePass, selectPass, streamPass } from './decode-pass.js'
import { decodePictures, listPictures } from './frame-folder.js'
import { findVideoFile } from './video-file.js'

/** Chosen frames of one video. */
export interface DecodedFrames {
  /** [T, height, width, 3], rgb24, upright; frame t is decoded frame `indices[t]`. */
  frames: Uint8Array
  /** The decoded-frame numbers asked for, in that order. */
  indices: number[]
  /** How many frames the video really has: those the decoder puts out. */
  frameCount: number
  /** In pixels, after rotation. */
  width: number
  /** In pixels, after rotation. */
  height: number
}

/**
 * Says which frames to take of a video of `frameCount` decoded frames: numbers in [0, frameCount), in any order,
 * repeats allowed. It may be called more than once for a video (first with a guess of the count), so it must give the
 * same answer for the same count: random choices need a generator made inside the call.
 */
export type FrameSelector = (frameCount: number) => readonly number[]

/** Options of {@link decodeFrames}. */
export interface DecodeFramesOptions extends DecodeOptions {
  /** A guess of the frame count, e.g. from an earlier call: right saves time, wrong costs time, never exactness. */
  frameCountHint?: number
}

/** Frames to get out of ffmpeg for a selection: each once, ascending. */
export interface FramePlan {
  frameCount: number
  indices: number[]
  unique: number[]
}

const MAX_PASSES = 4

/**
 * Decodes exactly the frames that `select` asks for, each once, in the order asked for.
 *
 * The container's index gives a guess of the frame count; one ffmpeg run then takes the frames chosen for that guess
 * and counts what the decoder really puts out. Only if the guess was wrong is the run repeated with the true count.
 * Memory is that of the chosen frames. A broken tail yields the frames before it.
 *
 * `file` may also be a folder of JPEG or PNG pictures, one a frame, whose numbers give their order: only the pictures
 * asked for are then read.
 * @throws MstaError ERR_ARGUMENT, ERR_FILE, ERR_VIDEO, ERR_FFMPEG, ERR_TIMEOUT; the signal's reason on abort.
 */
export async function decodeFrames(
  file: string,
  select: FrameSelector,
  options: DecodeFramesOptions = {},
): Promise<DecodedFrames> {
  options.signal?.throwIfAborted()
  const pictures = await listPictures(file)
  if (pictures) return decodeFromPictures(file, pictures, select, options)
  await findVideoFile(file)
  const hint = options.frameCountHint ?? (await hintFrameCount(file))
  let plan = hint === undefined ? undefined : tryPlan(file, select, hint)
  let runPass: typeof selectPass = selectPass
  for (let attempt = 0; attempt < MAX_PASSES; attempt++) {
    const pass = await runPass(file, plan?.unique ?? [], options)
    if (pass.changedFormat) {
      runPass = streamPass
    } else if (plan !== undefined && isComplete(pass, plan)) {
      return arrange(plan, pass.sink)
    }
    plan = planFrames(file, select, pass.decoded)
  }
  throw new MstaError(
    'ERR_VIDEO',
    `${file}: the number of frames differs from one decoding to the next. Is the file still being written?`,
    { file },
  )
}

async function decodeFromPictures(
  folder: string,
  pictures: readonly string[],
  select: FrameSelector,
  options: DecodeOptions,
): Promise<DecodedFrames> {
  const plan = planFrames(folder, select, pictures.length)
  const chosen = plan.unique.map((index) => pictures[index]!)
  return arrange(plan, (await decodePictures(folder, chosen, chosen.length, options)).sink)
}

/** True if the pass found as many frames as the plan assumed and delivered every one of those it wanted. */
export function isComplete(pass: Pick<DecodePass, 'decoded' | 'sink'>, plan: FramePlan): boolean {
  return pass.decoded === plan.frameCount && pass.sink.kept === plan.unique.length
}

/** Asks `select` and checks its answer. @throws MstaError ERR_ARGUMENT for an answer that is no list of frames. */
export function planFrames(file: string, select: FrameSelector, frameCount: number): FramePlan {
  const indices = [...select(frameCount)]
  const wrong = indices.find((index) => !Number.isInteger(index) || index < 0 || index >= frameCount)
  if (indices.length === 0 || wrong !== undefined) {
    const what = wrong === undefined ? 'no frame at all' : `frame ${wrong}`
    throw new MstaError(
      'ERR_ARGUMENT',
      `${file} has ${frameCount} frames, and ${what} was asked for. Ask for whole numbers from 0 to ${frameCount - 1}.`,
      { file },
    )
  }
  return { frameCount, indices, unique: [...new Set(indices)].sort((a, b) => a - b) }
}

/** As {@link planFrames} for a guessed count, where failing only means that the true count is needed first. */
export function tryPlan(file: string, select: FrameSelector, guess: number): FramePlan | undefined {
  if (!Number.isInteger(guess) || guess < 1) return undefined
  try {
    return planFrames(file, select, guess)
  } catch {
    return undefined
  }
}

/** Puts the unique, ascending frames of a sink into the order the plan asks for. */
export function arrange(plan: FramePlan, sink: DecodePass['sink']): DecodedFrames {
  const { indices, unique, frameCount } = plan
  const { width, height } = sink
  const isInOrder = indices.length === unique.length && indices.every((index, i) => index === unique[i])
  if (isInOrder) return { frames: sink.data, indices, frameCount, width, height }
  const frameBytes = width * height * 3
  const position = new Map(unique.map((index, i) => [index, i]))
  const frames = new Uint8Array(indices.length * frameBytes)
  for (const [t, index] of indices.entries()) {
    const from = position.get(index)! * frameBytes
    frames.set(sink.data.subarray(from, from + frameBytes), t * frameBytes)
  }
  return { frames, indices, frameCount, width, height }
}
