import type { Adapter } from '../adapters/adapter.js';
import type { TokenIds } from '../models/viclip/text-encoder.js';
import { type ClipViews } from '../recognition/clips.js';
import { type ConsistencyTargets } from './loss.js';
import type { AdamW } from './optimizer.js';
/** What stays the same from step to step. */
export interface StepContext {
    adapter: Adapter;
    optimizer: AdamW;
    /** Ids of the prompt of every class. */
    prompts: TokenIds;
    consistency: ConsistencyTargets | undefined;
    seed: number;
}
/** A step's clips, one view each, and their classes. */
export interface StepBatch {
    clips: readonly ClipViews[];
    labels: readonly number[];
}
/** The loss of a step and its parts. */
export interface StepLoss {
    loss: number;
    crossEntropy: number;
    consistency: number | null;
}
/**
 * One training step: loss, gradients, update. An abort takes effect before the update or not at all, so that the
 * parameters are always those of a whole number of steps.
 *
 * @throws MstaError ERR_TRAIN when the loss is not finite (nothing is updated); the signal's reason
 */
export declare function trainStep(context: StepContext, batch: StepBatch, { step, learningRate, signal }: {
    step: number;
    learningRate: number;
    signal?: AbortSignal | undefined;
}): Promise<StepLoss>;
