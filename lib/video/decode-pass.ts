import { MstaError } from '../runtime/errors.js'
import { findFfmpeg, passthroughArguments } from './ffmpeg.js'
import type { FfmpegLog } from './ffmpeg-log.js'
import { PpmSink } from './ppm-sink.js'
import {
  type FfmpegOutcome,
  type FfmpegRun,
  fileUrl,
  outputUrl,
  type RunLimits,
  runFfmpeg,
} from './run-ffmpeg.js'
import { findVideoFile, type VideoBytes } from './video-file.js'

/** Options of everything that decodes. */
export interface DecodeOptions extends RunLimits {
  /** Largest picture, in pixels, that is decoded at all. Default 7680 x 4320. */
  maxPixels?: number
  /** Most bytes the frames of one call may take. Default 1 GiB. */
  maxBytes?: number
  /** Decoder threads of one ffmpeg process; more help a single large video, not many side by side. Default 1. */
  threads?: number
}

/** What one run over a video found. */
export interface DecodePass {
  /** Frames the decoder put out. */
  decoded: number
  /** The chosen frames: `data` [kept, height, width, 3]. */
  sink: PpmSink
  /** The size or pixel format changed on the way, so that `select` cannot be trusted. */
  changedFormat: boolean
  log: FfmpegLog
}

const MAX_PIXELS = 7680 * 4320
const MAX_BYTES = 2 ** 30
/** No single allocation of ffmpeg may be larger: a hostile header is refused instead of filling the memory. */
const MAX_ALLOCATION = 2 ** 30

/** A video stream that is no cover picture, if there is one; then any. */
export const STREAM_CHOICES = ['V:0', 'v:0'] as const

/** The number of bytes the frames of one call may take, with the default filled in. */
export function byteLimit(options: DecodeOptions): number {
  return options.maxBytes ?? MAX_BYTES
}

/** Arguments that go before all inputs. */
export function globalArguments(): string[] {
  return ['-max_alloc', String(MAX_ALLOCATION), '-filter_threads', '1']
}

/** Arguments that open a video as the next input. */
export function inputArguments(
  { file, start, length, isPart }: VideoBytes,
  options: DecodeOptions,
): string[] {
  const url = isPart ? `subfile,,start,${start},end,${start + length},,:${fileUrl(file)}` : fileUrl(file)
  const protocols = isPart ? 'file,pipe,subfile' : 'file,pipe'
  return [...decoderArguments(options), '-protocol_whitelist', protocols, '-i', url]
}

/** Arguments for the decoder of the next input. */
export function decoderArguments(options: DecodeOptions): string[] {
  const threads = ['-threads', String(options.threads ?? 1)]
  return [...threads, '-max_pixels', String(options.maxPixels ?? MAX_PIXELS)]
}

/**
 * Arguments of an output that gets the frames `indices` (ascending, at least one; null: all) of a stream as PPM.
 * Sample aspect ratio plays no part; ffmpeg turns the picture upright and keeps the size of the first frame.
 */
export function pictureArguments(
  stream: string,
  indices: readonly number[] | null,
  version: string,
): string[] {
  const filter = indices === null ? [] : ['-filter:v', `select='${selectExpression(indices)}'`]
  const format = ['-pix_fmt', 'rgb24', '-c:v', 'ppm', '-threads', '1', '-f', 'image2pipe']
  return ['-map', stream, ...filter, ...passthroughArguments(version), ...format]
}

/** ffmpeg's expression for "the frame number is one of `indices`"; runs of neighbours become one term. */
export function selectExpression(indices: readonly number[]): string {
  const terms: string[] = []
  for (let start = 0; start < indices.length; ) {
    let end = start
    while (indices[end + 1] === indices[end]! + 1) end++
    terms.push(end === start ? `eq(n,${indices[start]})` : `between(n,${indices[start]},${indices[end]})`)
    start = end + 1
  }
  return terms.join('+')
}

/** Decodes the whole of `file` once and keeps the frames `indices` (ascending, no repeats, may be empty). */
export async function selectPass(
  file: string,
  indices: readonly number[],
  options: DecodeOptions,
): Promise<DecodePass> {
  const sink = new PpmSink({ keep: indices.length, maxBytes: byteLimit(options), file })
  const { version } = await findFfmpeg()
  const outcome = await runOnVideoStream(file, options, (stream) =>
    indices.length === 0
      ? { args: ['-map', stream, ...passthroughArguments(version), '-f', 'null', '-'], outputs: [] }
      : { args: [...pictureArguments(stream, indices, version), outputUrl(0)], outputs: [sink] },
  )
  return toPass(file, outcome, sink)
}

/**
 * As {@link selectPass}, but sends every frame to this process and picks here. Slow, and right where the picture
 * changes its size on the way: ffmpeg then rebuilds its filters and `select` counts from 0 again.
 */
export async function streamPass(
  file: string,
  indices: readonly number[],
  options: DecodeOptions,
): Promise<DecodePass> {
  const sink = new PpmSink({ keep: indices.length, which: indices, maxBytes: byteLimit(options), file })
  const { version } = await findFfmpeg()
  const outcome = await runOnVideoStream(file, options, (stream) => ({
    args: [...pictureArguments(stream, null, version), outputUrl(0)],
    outputs: [sink],
  }))
  return { ...toPass(file, outcome, sink), decoded: sink.arrived, changedFormat: false }
}

/** The error for a file of sound without pictures. */
export class SoundAlone extends MstaError {}

/** The error for a file of which nothing could be decoded, with ffmpeg's own reason. */
export function undecodable(file: string, outcome: FfmpegOutcome): MstaError {
  if (outcome.killedBy !== null) {
    const what = `ffmpeg was ended by ${outcome.killedBy} (it crashed, or the memory ran out)`
    return new MstaError('ERR_VIDEO', `${file}: ${what}. Re-encode the file or try another ffmpeg.`, { file })
  }
  if (outcome.log.hasNoMatchingStream) {
    const hasSound = outcome.log.head.some((line) => /Stream #0:\d+.*: Audio: /.test(line))
    return new (hasSound ? SoundAlone : MstaError)(
      'ERR_VIDEO',
      `${file} holds no video stream: it has no pictures, or is damaged. Give another file.`,
      { file },
    )
  }
  const reason = outcome.log.reason() || `exit status ${outcome.code}`
  if (outcome.log.tooLarge !== '') {
    const what = `its pictures are larger than is allowed (ffmpeg: ${outcome.log.tooLarge})`
    return new MstaError('ERR_VIDEO', `${file}: ${what}. Scale the video down, or raise maxPixels.`, { file })
  }
  return new MstaError(
    'ERR_VIDEO',
    `${file}: no frame can be decoded (ffmpeg: ${reason}). The file is damaged, incomplete or of an unknown ` +
      'format: download or re-encode it, or leave it out.',
    { file },
  )
}

async function runOnVideoStream(
  file: string,
  options: DecodeOptions,
  output: (stream: string) => Pick<FfmpegRun, 'args' | 'outputs'>,
): Promise<FfmpegOutcome> {
  const input = inputArguments(await findVideoFile(file), options)
  let outcome: FfmpegOutcome | undefined
  for (const choice of STREAM_CHOICES) {
    const { args, outputs } = output(`0:${choice}`)
    const limits = {
      signal: options.signal,
      idleTimeoutMs: options.idleTimeoutMs,
      timeoutMs: options.timeoutMs,
    }
    outcome = await runFfmpeg({ ...limits, args: [...globalArguments(), ...input, ...args], outputs, file })
    if (!outcome.log.hasNoMatchingStream) break
  }
  return outcome!
}

function toPass(file: string, outcome: FfmpegOutcome, sink: PpmSink): DecodePass {
  const decoded = outcome.log.decodedFrames.get(0) ?? 0
  // A non-zero exit status alone is no failure: a broken tail gives one after many good frames.
  if (outcome.killedBy !== null || (decoded === 0 && sink.arrived === 0)) throw undecodable(file, outcome)
  return { decoded, sink, changedFormat: outcome.log.changedFormat(0), log: outcome.log }
}
