import type { NativeJob } from './binding.js';
/**
 * One caller's work on a device. Kernels enqueued inside {@link Job.run} belong to it: aborting its signal, or its
 * first failure, skips the rest of them, and waiting for any of its results then rejects.
 */
export declare class Job {
    readonly native: NativeJob;
    private readonly signal;
    private readonly calls;
    private nextCall;
    private readonly onAbort;
    constructor(signal?: AbortSignal);
    /** The job that work enqueued now belongs to: the innermost `run`, else one for all work outside any. */
    static current(): Job;
    /** Runs `enqueue`, which must be synchronous, with this job as the current one. */
    run<T>(enqueue: () => T): T;
    /** Notes a call and the place it was made from; returns its number. */
    record(op: string, shapes: Record<string, readonly number[]>): number;
    /** Awaits a result of this job; a native error becomes an {@link MstaError} with op, shapes and the caller's stack. */
    settle<T>(result: Promise<T>): Promise<T>;
    /** Stops listening to the signal. */
    end(): void;
    private explain;
}
/** Runs `work` with a job that ends with it. */
export declare function withJob<T>(signal: AbortSignal | undefined, work: (job: Job) => Promise<T>): Promise<T>;
