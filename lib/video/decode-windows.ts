import { MstaError } from '../runtime/errors.js'
import type { DecodedFrames } from './decode.js'
import { byteLimit, type DecodeOptions } from './decode-pass.js'
import { readFrameTimes } from './frame-times.js'
import { PictureStream } from './picture-stream.js'
import { checkFrameBytes } from './ppm-sink.js'
import { findVideoFile } from './video-file.js'
import { checkWindows, planWindows, type WindowOptions, type WindowPlan } from './window-plan.js'

/** The frames taken of one window; `frameCount` is that of the window, `indices` count from its first frame. */
export interface DecodedWindow extends DecodedFrames {
  /** In seconds since the beginning of the file. */
  start: number
  /** In seconds since the beginning of the file; not counted in. */
  end: number
  /** Frames that were in memory for this window and those that overlap it. */
  keptFrames: number
}

/**
 * Takes `frames` frames of every window over a video (see {@link planWindows}), in the order of time, one window ahead
 * of those asked for. Two runs of ffmpeg go over the file side by side: one, which makes no pictures, tells the times of
 * the frames, as far ahead as the windows that have begun; the other decodes the pictures, each once. Memory is that of
 * the frames taken of one window and of those that overlap it, however long the video is. Leaving the loop early ends
 * both runs.
 * @throws MstaError ERR_ARGUMENT, ERR_FILE, ERR_VIDEO, ERR_FFMPEG, ERR_TIMEOUT; the signal's reason on abort.
 */
export async function* decodeWindows(
  file: string,
  windows: WindowOptions,
  frames: number,
  options: DecodeOptions = {},
): AsyncGenerator<DecodedWindow, void, undefined> {
  checkWindows(windows)
  options.signal?.throwIfAborted()
  await findVideoFile(file)
  const left = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal
  const decoded = decodeInOrder(file, windows, frames, { ...options, signal })
  let next = decoded.next()
  try {
    for (let step = await next; !step.done; step = await next) {
      next = decoded.next()
      // Whoever awaits it sees the failure; until then it must not count as unhandled.
      next.catch(() => {})
      signal.throwIfAborted()
      yield step.value
    }
  } finally {
    left.abort()
    await next.catch(() => {})
    await decoded.return()
  }
}

async function* decodeInOrder(
  file: string,
  windows: WindowOptions,
  frames: number,
  options: DecodeOptions,
): AsyncGenerator<DecodedWindow, void, undefined> {
  const plans = planWindows(readFrameTimes(file, options), windows, frames)
  const pictures = new PictureStream(file, options)
  try {
    yield* takeWindows(file, plans, pictures, byteLimit(options))
  } finally {
    await Promise.all([plans.return(), pictures.close()])
  }
}

async function* takeWindows(
  file: string,
  plans: AsyncIterator<WindowPlan, void>,
  pictures: PictureStream,
  maxBytes: number,
): AsyncGenerator<DecodedWindow, void, undefined> {
  const kept = new Map<number, Uint8Array>()
  const open: WindowPlan[] = []
  let isPlanned = false
  for (;;) {
    // Every window that may need a frame up to the last one of the first open window has to be known.
    while (!isPlanned && (open.at(-1)?.first ?? 0) <= (open[0]?.indices.at(-1) ?? 0)) {
      const { value, done } = await plans.next()
      if (done) isPlanned = true
      else open.push(value)
    }
    const plan = open[0]
    if (plan === undefined) return
    const wanted = new Set(open.flatMap(({ indices }) => indices))
    while (pictures.position <= plan.indices.at(-1)!) {
      const number = pictures.position
      const picture = await pictures.next(wanted.has(number))
      if (picture === 'end') throw changing(file)
      if (picture === null) continue
      kept.set(number, picture)
      checkFrameBytes(kept.size, pictures.width, pictures.height, maxBytes, file)
    }
    yield { ...assemble(plan, kept, pictures), keptFrames: kept.size }
    open.shift()
    const stillWanted = new Set(open.flatMap(({ indices }) => indices))
    for (const number of kept.keys()) if (!stillWanted.has(number)) kept.delete(number)
  }
}

function assemble(
  { start, end, first, count, indices }: WindowPlan,
  kept: ReadonlyMap<number, Uint8Array>,
  { width, height }: PictureStream,
): Omit<DecodedWindow, 'keptFrames'> {
  const frameBytes = width * height * 3
  const frames = new Uint8Array(indices.length * frameBytes)
  for (const [t, index] of indices.entries()) frames.set(kept.get(index)!, t * frameBytes)
  return {
    start,
    end,
    frames,
    width,
    height,
    frameCount: count,
    indices: indices.map((index) => index - first),
  }
}

/** The error for a file whose number of frames differs from one decoding to the next. */
function changing(file: string): MstaError {
  return new MstaError(
    'ERR_VIDEO',
    `${file}: the number of frames differs from one decoding to the next. Is the file still being written?`,
    { file },
  )
}
