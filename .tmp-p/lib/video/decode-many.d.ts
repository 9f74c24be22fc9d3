import type { DecodeFramesOptions } from './decode.js';
import { type DecodeJob, type DecodeResult } from './decode-batch.js';
export type { DecodeJob, DecodeResult } from './decode-batch.js';
/** Options of {@link decodeMany}. */
export interface DecodeManyOptions extends Omit<DecodeFramesOptions, 'frameCountHint'> {
    /** ffmpeg processes side by side. Default: the number of cores. */
    concurrency?: number;
    /** Videos that one ffmpeg process decodes. Default 8; 1 gives every video its own process. */
    batchSize?: number;
    /**
     * Most videos being decoded or waiting to be taken: bounds the memory when the consumer is slow.
     * Default: twice `concurrency * batchSize`; never less than one batch.
     */
    prefetch?: number;
    /** Most bytes of frames being decoded or waiting, as far as they can be foreseen. Default 512 MiB. */
    maxPendingBytes?: number;
}
/**
 * Decodes many videos side by side and yields the results in the order of the jobs. A bad video is a result with
 * `ok: false`; it never ends the run. Leaving the loop early, or an abort, kills what still runs.
 * @throws MstaError ERR_FFMPEG (there is none), ERR_ARGUMENT; the signal's reason on abort.
 */
export declare function decodeMany(jobs: readonly DecodeJob[], options?: DecodeManyOptions): AsyncGenerator<DecodeResult, void, undefined>;
