import type { Dataset } from './dataset.js';
import type { LoaderBatch, LoaderOptions } from './loader-types.js';
export type * from './loader-types.js';
/** Where to begin and how to stop. */
export interface BatchesOptions {
    /** First batch to give, 0-based; the batches before it are not decoded. Default 0. */
    startBatch?: number;
    signal?: AbortSignal;
}
/**
 * Gives a data set as batches of decoded clips. What is in a training batch is a function of (seed, epoch, batch
 * number) alone: not of concurrency, of earlier epochs or of where a run was resumed.
 */
export declare class Loader {
    readonly dataset: Dataset;
    private readonly options;
    /** Batches of one epoch. */
    readonly batchCount: number;
    private readonly frameCounts;
    private readonly frames;
    private readonly size;
    /** @throws MstaError ERR_ARGUMENT. */
    constructor(dataset: Dataset, options: LoaderOptions);
    /** The order in which an epoch takes the entries of the data set: their positions. */
    order(epoch: number): number[];
    /**
     * The batches of an epoch, decoded ahead within the limits of decodeMany.
     * @throws MstaError ERR_ARGUMENT; ERR_FFMPEG; a bad video's own error (policy 'fail'); ERR_VIDEO when too many are
     * bad (policy 'skip'); the signal's reason on abort.
     */
    batches(epoch?: number, { startBatch, signal }?: BatchesOptions): AsyncGenerator<LoaderBatch>;
    private job;
    private clips;
    private transforms;
    private failure;
    private checkFailures;
}
