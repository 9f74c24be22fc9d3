import type { Adapter } from '../adapters/adapter.js';
import { type Dataset, type LoadDatasetOptions } from '../data/dataset.js';
import type { ViCLIP } from '../recognition/viclip.js';
/** Options of {@link evaluate}. */
export interface EvaluateOptions {
    model: ViCLIP;
    adapter?: Adapter | null | undefined;
    data: Dataset | LoadDatasetOptions;
    /** CLIPSxCROPS; `'1x1'` unless given. */
    views?: string;
    /** Prompt with `{}` for the class name. */
    template?: string;
    /** Videos decoded together; 8 unless given. */
    batchSize?: number;
    /** A video that cannot be decoded: leave out and report (more than 5% fail the run), or fail at once. */
    badVideos?: 'skip' | 'fail';
    signal?: AbortSignal | undefined;
    onProgress?: ((progress: {
        done: number;
        total: number;
    }) => void) | undefined;
}
/** The outcome of {@link evaluate}; accuracies from 0 to 1, over the videos that could be decoded. */
export interface EvaluationResult {
    top1: number;
    top5: number;
    /** Videos that were scored. */
    videos: number;
    /** Videos that were not. */
    failed: number;
    failures: {
        path: string;
        code: string;
        message: string;
    }[];
    perClass: {
        label: string;
        accuracy: number | null;
        videos: number;
    }[];
    /** Row-major [classes, classes] counts: row = label, column = prediction. */
    confusion: number[];
    views: string;
    template: string;
    list: {
        file: string;
        sha256: string;
    };
    seconds: number;
}
/**
 * Top-1 and top-5 accuracy on a list of videos: scores are the mean over views of softmax(cosine / temperature).
 *
 * @throws MstaError ERR_LIST, ERR_LABELS, ERR_FILE, ERR_FFMPEG; ERR_VIDEO when too many videos are bad; the signal's
 *   reason
 */
export declare function evaluate(options: EvaluateOptions): Promise<EvaluationResult>;
