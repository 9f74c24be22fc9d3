/** What the learning rate depends on besides the step. */
export interface ScheduleOptions {
    /** Highest learning rate, reached at the end of the warm-up's ramp. */
    baseLr: number;
    /** Iterations of the whole run, over which the cosine spans. */
    totalSteps: number;
    iterationsPerEpoch: number;
    /** Epochs of linear warm-up. */
    warmupEpochs?: number;
    /** Final learning rate as a share of `baseLr`. */
    minLrRatio?: number;
}
/**
 * Learning rate of iteration `step` (from 0): a linear ramp from zero over the warm-up epochs, then a cosine that spans
 * the whole run, warm-up included, so that it joins below `baseLr`. A run no longer than its warm-up only ramps;
 * from `totalSteps` on the rate stays at its end. Throws ERR_ARGUMENT for counts that are not integers in range.
 */
export declare function learningRate(step: number, options: ScheduleOptions): number;
