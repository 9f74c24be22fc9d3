import { MSTA } from '../adapters/msta/msta.js';
import { type Dataset, type LoadDatasetOptions } from '../data/dataset.js';
import { type LoaderFailure } from '../data/loader.js';
import { type EvaluationResult } from '../evaluate/evaluate.js';
import type { ViCLIP } from '../recognition/viclip.js';
import { type ClassDescriptions } from './descriptions.js';
import { type Recipe } from './recipes.js';
import { type StepLoss } from './step.js';
/** Options of {@link train}. */
export interface TrainOptions {
    model: ViCLIP;
    /** A new adapter is made from the recipe unless one is given. */
    adapter?: MSTA;
    data: Dataset | LoadDatasetOptions;
    /** Evaluated after every epoch. */
    validation?: Dataset | LoadDatasetOptions | undefined;
    /** Needed for lambda > 0 (MSTA+). */
    descriptions?: ClassDescriptions | undefined;
    recipe: Recipe;
    /** Run folder: config.json, metrics.jsonl, adapter.safetensors, checkpoint/. Nothing is written without it. */
    out?: string | undefined;
    /** Continue from the checkpoint in `out`, if there is one. */
    resume?: boolean;
    badVideos?: 'skip' | 'fail';
    signal?: AbortSignal | undefined;
    onProgress?: ((progress: TrainProgress) => void) | undefined;
}
/** Told after every step, and after every validation. */
export interface TrainProgress extends StepLoss {
    /** Steps done. */
    step: number;
    totalSteps: number;
    /** Of the step, from 0. */
    epoch: number;
    learningRate: number;
    /** Of this step, with the wait for its clips. */
    seconds: number;
    validation?: EvaluationResult;
}
/** The outcome of {@link train}. */
export interface TrainResult {
    adapter: MSTA;
    steps: number;
    /** Loss of every step done in this call. */
    losses: number[];
    /** Videos that could not be used. */
    failures: LoaderFailure[];
    validation: EvaluationResult | null;
    /** Path of the adapter file; null without `out`. */
    adapterFile: string | null;
}
/**
 * Trains an MSTA adapter on a list of videos (SPEC sections 3 to 5). With `out`, an abort or a crash leaves a run
 * that `resume` continues with the same numbers as an uninterrupted one.
 *
 * @throws MstaError ERR_ARGUMENT, ERR_LIST, ERR_LABELS, ERR_FILE, ERR_VIDEO, ERR_CHECKPOINT; ERR_TRAIN for a loss that
 *   is not finite; the signal's reason
 */
export declare function train(options: TrainOptions): Promise<TrainResult>;
