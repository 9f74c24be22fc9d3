import { type Dataset } from '../../lib/data/dataset.js';
import { type MotionDataset } from '../../lib/data/synthetic.js';
import { type Recipe } from '../../lib/train/recipes.js';
/** A quick recipe; 8 clips make 3 steps an epoch. */
export declare const QUICK: Recipe;
/** Two classes with four clips each to train on and two to test on. */
export declare function makeClips(folder: string): Promise<MotionDataset>;
export declare const datasetOf: ({ root, labels }: MotionDataset, list: string) => Promise<Dataset>;
/** Lines of a run's metrics.jsonl, without the seconds. */
export declare function metricsOf(out: string): Record<string, unknown>[];
export declare const bytesOf: (out: string, ...name: string[]) => Buffer;
