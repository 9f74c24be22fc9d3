/** A source of random numbers in [0, 1). */
export type RandomSource = () => number;
/**
 * Frame numbers of the one test view: floor(i*N/T + N/(2T)) mod N, computed in whole numbers so that no rounding of
 * floats can shift a frame. Example: N = 100, T = 8 gives 6, 18, 31, 43, 56, 68, 81, 93.
 * @param n frames of the video, at least 1. @param t frames to take, at least 1. @throws MstaError ERR_ARGUMENT.
 */
export declare function sampleTest(n: number, t: number): number[];
/**
 * Frame numbers of a training view: with a = floor(N/T) > 0 one random frame of each of T segments of a frames; of a
 * shorter video round-half-even(i*N/T) mod N, nothing random.
 * @param random numbers in [0, 1), T of them are used. @throws MstaError ERR_ARGUMENT.
 */
export declare function sampleTrain(n: number, t: number, random: RandomSource): number[];
/**
 * Frame numbers of V deterministic test views: tick = N/T, starts = linspace(0, tick-1, V) cut to whole numbers,
 * index floor(start + tick*i) mod N. One view starts at 0.
 * @returns V lists of T numbers. @throws MstaError ERR_ARGUMENT.
 */
export declare function sampleMultiView(n: number, t: number, clips: number): number[][];
