import { MstaError } from '../runtime/errors.js'

/** A source of random numbers in [0, 1). */
export type RandomSource = () => number

/**
 * Frame numbers of the one test view: floor(i*N/T + N/(2T)) mod N, computed in whole numbers so that no rounding of
 * floats can shift a frame. Example: N = 100, T = 8 gives 6, 18, 31, 43, 56, 68, 81, 93.
 * @param n frames of the video, at least 1. @param t frames to take, at least 1. @throws MstaError ERR_ARGUMENT.
 */
export function sampleTest(n: number, t: number): number[] {
  check(n, t)
  return Array.from({ length: t }, (_, i) => Math.floor(((2 * i + 1) * n) / (2 * t)) % n)
}

/**
 * Frame numbers of a training view: with a = floor(N/T) > 0 one random frame of each of T segments of a frames; of a
 * shorter video round-half-even(i*N/T) mod N, nothing random.
 * @param random numbers in [0, 1), T of them are used. @throws MstaError ERR_ARGUMENT.
 */
export function sampleTrain(n: number, t: number, random: RandomSource): number[] {
  check(n, t)
  const segment = Math.floor(n / t)
  if (segment > 0) return Array.from({ length: t }, (_, i) => i * segment + Math.floor(random() * segment))
  return Array.from({ length: t }, (_, i) => divideHalfEven(i * n, t) % n)
}

/**
 * Frame numbers of V deterministic test views: tick = N/T, starts = linspace(0, tick-1, V) rounded down to whole
 * numbers, index floor(start + tick*i) mod N. One view starts at 0; of a video of fewer frames than T, those after the
 * first start with its last frame.
 * @returns V lists of T numbers. @throws MstaError ERR_ARGUMENT.
 */
export function sampleMultiView(n: number, t: number, clips: number): number[][] {
  check(n, t)
  if (!Number.isInteger(clips) || clips < 1) {
    throw new MstaError('ERR_ARGUMENT', `The number of clips must be a whole number from 1, not ${clips}.`)
  }
  return linspaceInt(n / t - 1, clips).map((start) =>
    Array.from({ length: t }, (_, i) => modulo(Math.floor((start * t + n * i) / t), n)),
  )
}

/** numpy's linspace(0, stop, num, dtype=int): the same float steps, then rounded down, as numpy does since 1.20. */
function linspaceInt(stop: number, num: number): number[] {
  if (num === 1) return [0]
  const step = stop / (num - 1)
  return Array.from({ length: num }, (_, i) => Math.floor(i === num - 1 ? stop : i * step) + 0)
}

/** round(a / b) for whole a >= 0, b > 0; a half goes to the even neighbour, as numpy and Python round. */
function divideHalfEven(a: number, b: number): number {
  const floor = Math.floor(a / b)
  const twiceRest = 2 * (a - floor * b)
  if (twiceRest === b) return floor % 2 === 0 ? floor : floor + 1
  return twiceRest > b ? floor + 1 : floor
}

function modulo(a: number, n: number): number {
  return ((a % n) + n) % n
}

function check(n: number, t: number): void {
  if (!Number.isSafeInteger(n) || n < 1) {
    throw new MstaError('ERR_ARGUMENT', `The frame count must be a whole number from 1, not ${n}.`)
  }
  if (!Number.isSafeInteger(t) || t < 1) {
    throw new MstaError(
      'ERR_ARGUMENT',
      `The number of frames to sample must be a whole number from 1, not ${t}.`,
    )
  }
}
