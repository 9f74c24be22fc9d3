import { MstaError } from '../runtime/errors.js'
import { type FrameTime, TICKS_PER_SECOND } from './frame-times.js'
import { sampleTest } from './sampling.js'

/** Windows over a video: how long they are and how far apart they begin. */
export interface WindowOptions {
  /** Length of a window in seconds, more than 0. */
  windowSeconds: number
  /** From the beginning of a window to that of the next, in seconds, more than 0. Default: `windowSeconds`. */
  strideSeconds?: number | undefined
}

/** One window and the frames to take of it. */
export interface WindowPlan {
  /** In seconds since the beginning of the file. */
  start: number
  /** In seconds since the beginning of the file; not counted in. */
  end: number
  /** Number of the first frame of the window. Never less than that of the window before. */
  first: number
  /** How many frames the window has. */
  count: number
  /** Numbers of the frames to take of it, ascending: the test view (SPEC section 5) of its frames. */
  indices: number[]
}

/**
 * The windows over a video whose frames are shown at `times`, each as soon as its last frame is known. In memory are
 * only the windows that have begun and not ended.
 *
 * The first window begins with the first frame; others follow while there are frames that no window before them has
 * reached. So the last window may be shorter than the others, and a video shorter than a window is one window: both
 * end with the video. In a window in which no frame begins, the frame before it is still shown: it is taken.
 * @param frames frames to take of a window. @throws MstaError ERR_ARGUMENT; what `times` throws
 */
export async function* planWindows(
  times: AsyncIterable<FrameTime>,
  options: WindowOptions,
  frames: number,
): AsyncGenerator<WindowPlan, void, undefined> {
  const { window, stride } = checkWindows(options)
  let origin: number | undefined
  let number = 0
  let seen = 0
  let videoEnd = 0
  /** Number of the first frame of each open window, window `number` first. */
  const firsts: number[] = []
  const startOf = (k: number) => origin! + k * stride
  const close = (end: number): WindowPlan => {
    const first = firsts.shift() ?? seen
    const plan = makePlan(startOf(number), end, first < seen ? first : seen - 1, seen, frames)
    number++
    return plan
  }
  for await (const { start, duration } of times) {
    origin ??= start
    while (startOf(number) + window <= start) yield close(startOf(number) + window)
    while (startOf(number + firsts.length) <= start) firsts.push(seen)
    seen++
    videoEnd = start + duration
  }
  if (firsts.length > 0) yield close(Math.min(startOf(number) + window, videoEnd))
}

/** Both lengths in ticks. @throws MstaError ERR_ARGUMENT naming the option at fault */
export function checkWindows(options: WindowOptions): { window: number; stride: number } {
  const { windowSeconds, strideSeconds = windowSeconds } = options
  const toTicks = (name: string, seconds: number): number => {
    const ticks = Math.round(seconds * TICKS_PER_SECOND)
    if (typeof seconds === 'number' && ticks >= 1 && Number.isSafeInteger(ticks)) return ticks
    throw new MstaError('ERR_ARGUMENT', `${name} must be a number of seconds greater than 0, not ${seconds}.`)
  }
  return { window: toTicks('windowSeconds', windowSeconds), stride: toTicks('strideSeconds', strideSeconds) }
}

/** Reads a duration: `2s`, `500ms`, `0.5` (seconds). @param name named in the error. @throws MstaError ERR_ARGUMENT */
export function parseSeconds(text: string, name: string): number {
  const match = /^(\d+|\d*\.\d+)\s*(s|ms)?$/.exec(text.trim())
  const seconds = Number(match?.[1]) / (match?.[2] === 'ms' ? 1000 : 1)
  if (match && seconds > 0 && Number.isFinite(seconds)) return seconds
  throw new MstaError(
    'ERR_ARGUMENT',
    `${name} "${text}": expected a time greater than 0, such as 2s, 500ms or 2 (seconds)`,
  )
}

function makePlan(start: number, end: number, first: number, seen: number, frames: number): WindowPlan {
  const count = seen - first
  return {
    start: start / TICKS_PER_SECOND,
    end: end / TICKS_PER_SECOND,
    first,
    count,
    indices: sampleTest(count, frames).map((index) => first + index),
  }
}
