import { type MotionName } from './shapes.js';
export { MOTION_NAMES, type MotionName } from './shapes.js';
/** Options of {@link generateMotionDataset}. */
export interface MotionDatasetOptions {
    /** Classes, by number (the first of {@link MOTION_NAMES}) or by name. Default 4. */
    classes?: number | readonly MotionName[];
    trainPerClass: number;
    testPerClass: number;
    /** Side of the pictures in pixels, even. Default 64. */
    size?: number;
    /** Frames of a clip. Default 16. */
    frames?: number;
    /** A whole number from 0; the same seed gives the same pictures. */
    seed: number;
    signal?: AbortSignal;
    /** Told after every clip. */
    onProgress?: (progress: {
        done: number;
        total: number;
    }) => void;
}
/** Where a generated data set lies. */
export interface MotionDataset {
    root: string;
    /** List files and label file, absolute. */
    train: string;
    test: string;
    labels: string;
    /** Class names in the order of their ids. */
    names: string[];
}
/**
 * Writes a small data set of coloured shapes in motion as real mp4 files: a folder for each class, `train.txt`,
 * `test.txt` and `labels.csv` in the form of ViFi-CLIP. The classes are the motions.
 * @throws MstaError ERR_ARGUMENT, ERR_FFMPEG, ERR_TIMEOUT, ERR_FILE; the signal's reason on abort.
 */
export declare function generateMotionDataset(dir: string, options: MotionDatasetOptions): Promise<MotionDataset>;
