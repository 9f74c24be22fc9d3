import type { Tensor } from '../tensor.js';
/** Where a tensor's random numbers come from. */
export interface RandomSource {
    seed: number;
    /** Tells the tensors of one seed apart. */
    stream: number;
}
/** Fills `out` with normal numbers of mean 0 and the given standard deviation, from a counter-based generator. */
export declare function fillNormal(out: Tensor, deviation: number, { seed, stream }: RandomSource): void;
