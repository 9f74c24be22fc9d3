import { MstaError } from '../runtime/errors.js';
function requireThat(holds, what) {
    if (!holds)
        throw new MstaError('ERR_ARGUMENT', `Learning rate schedule: ${what}.`);
}
/**
 * Learning rate of iteration `step` (from 0): a linear ramp from zero over the warm-up epochs, then a cosine that spans
 * the whole run, warm-up included, so that it joins below `baseLr`. A run no longer than its warm-up only ramps;
 * from `totalSteps` on the rate stays at its end. Throws ERR_ARGUMENT for counts that are not integers in range.
 */
export function learningRate(step, options) {
    const { baseLr, totalSteps, iterationsPerEpoch, warmupEpochs = 5, minLrRatio = 0.01 } = options;
    requireThat(Number.isSafeInteger(step) && step >= 0, `step must be an integer of at least 0, got ${step}`);
    requireThat(Number.isFinite(baseLr) && baseLr >= 0, `baseLr must be a number of at least 0, got ${baseLr}`);
    requireThat(Number.isSafeInteger(totalSteps) && totalSteps > 0, `totalSteps must be a positive integer, got ${totalSteps}`);
    requireThat(Number.isSafeInteger(iterationsPerEpoch) && iterationsPerEpoch > 0, `iterationsPerEpoch must be a positive integer, got ${iterationsPerEpoch}`);
    requireThat(Number.isFinite(warmupEpochs) && warmupEpochs >= 0, `warmupEpochs must be at least 0, got ${warmupEpochs}`);
    requireThat(minLrRatio >= 0 && minLrRatio <= 1, `minLrRatio must be from 0 to 1, got ${minLrRatio}`);
    const warmupSteps = warmupEpochs * iterationsPerEpoch;
    if (step < warmupSteps)
        return (baseLr * step) / warmupSteps;
    const lowest = baseLr * minLrRatio;
    const progress = Math.min(step / totalSteps, 1);
    return lowest + ((baseLr - lowest) * (1 + Math.cos(Math.PI * progress))) / 2;
}
//# sourceMappingURL=schedule.js.map