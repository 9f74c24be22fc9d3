import type { Tensor } from '../tensor.js';
/** One AdamW update's settings; `step` counts from 1. */
export interface AdamWStep {
    step: number;
    learningRate: number;
    betas: readonly [number, number];
    eps: number;
    weightDecay: number;
}
/** A parameter with its moments, all float32 and of one shape, updated in place. */
export interface AdamWState {
    parameter: Tensor;
    firstMoment: Tensor;
    secondMoment: Tensor;
}
/** Updates a parameter as torch.optim.AdamW does; no gradient means a zero one (the parameter still decays). */
export declare function adamwUpdate(state: AdamWState, gradient: Tensor | undefined, options: AdamWStep): void;
