import { PassThrough } from 'node:stream'
import {
  type DecodeOptions,
  globalArguments,
  inputArguments,
  STREAM_CHOICES,
  undecodable,
} from './decode-pass.js'
import { type FfmpegOutcome, outputUrl, runFfmpeg } from './run-ffmpeg.js'
import { findVideoFile } from './video-file.js'

/** Bytes of output that may wait to be asked for. */
const MOST_WAITING_BYTES = 2 ** 20
/** 24 days, the longest a timer can be set to: how long a run takes is up to who asks for its bytes. */
const NO_TIMEOUT_MS = 2 ** 31 - 1

/**
 * Decodes `file` once, in order, and yields the bytes that ffmpeg makes of it as they are asked for: while nobody
 * asks, ffmpeg waits. Leaving the loop early ends ffmpeg.
 * @param outputArguments for the output, which are given the video stream to take. Without `timeoutMs` there is no
 *   limit to how long it takes.
 * @throws MstaError ERR_VIDEO (nothing can be decoded, or ffmpeg crashed), ERR_FFMPEG, ERR_TIMEOUT; the signal's reason.
 */
export async function* streamVideo(
  file: string,
  outputArguments: (stream: string) => string[],
  options: DecodeOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = inputArguments(await findVideoFile(file), options)
  let outcome: FfmpegOutcome | undefined
  for (const choice of STREAM_CHOICES) {
    const output = [...outputArguments(`0:${choice}`), outputUrl(0)]
    const args = [...globalArguments(), ...input, ...output]
    outcome = yield* streamRun(file, args, options)
    if (!outcome.log.hasNoMatchingStream) break
  }
  // A non-zero exit status alone is no failure: a broken tail gives one after many good frames.
  const { killedBy, log } = outcome!
  if (killedBy !== null || !log.decodedFrames.get(0)) throw undecodable(file, outcome!)
}

async function* streamRun(
  file: string,
  args: string[],
  options: DecodeOptions,
): AsyncGenerator<Uint8Array, FfmpegOutcome, undefined> {
  const left = new AbortController()
  const waiting = new PassThrough({ highWaterMark: MOST_WAITING_BYTES })
  const sink = {
    write: (chunk: Uint8Array) =>
      waiting.write(chunk) ? undefined : new Promise<void>((resolve) => waiting.once('drain', resolve)),
  }
  const outcome = runFfmpeg({
    signal: options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal,
    idleTimeoutMs: options.idleTimeoutMs,
    timeoutMs: options.timeoutMs ?? NO_TIMEOUT_MS,
    args,
    outputs: [sink],
    file,
  })
  const end = () => void waiting.end()
  outcome.then(end, end)
  try {
    for await (const chunk of waiting) yield chunk as Uint8Array
    return await outcome
  } finally {
    left.abort()
    await outcome.catch(() => {})
  }
}
