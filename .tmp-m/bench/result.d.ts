/** One measured operation or step. */
export interface BenchRow {
    suite: string;
    name: string;
    device: string;
    dtype: string;
    shape: string;
    medianMs: number;
    /** Longest minus shortest of the trials. */
    spreadMs: number;
    gflops: number | null;
    peakRssMb: number | null;
    /** By peer: its median in the same run, and how many times ours it is. */
    peers: Record<string, {
        medianMs: number;
        ratio: number;
    } | {
        skipped: string;
    }>;
}
/** Median of some times. */
export declare function median(times: readonly number[]): number;
/** Longest minus shortest. */
export declare const spread: (times: readonly number[]) => number;
