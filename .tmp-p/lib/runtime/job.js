import { MstaError } from './errors.js';
import { loadBinding } from './loader.js';
/** More calls than this are not remembered between two waits. */
const MOST_CALLS = 10_000;
let current;
let fallback;
/**
 * One caller's work on a device. Kernels enqueued inside {@link Job.run} belong to it: aborting its signal, or its
 * first failure, skips the rest of them, and waiting for any of its results then rejects.
 */
export class Job {
    native;
    signal;
    calls = new Map();
    nextCall = 0;
    onAbort = () => this.native.cancel();
    constructor(signal) {
        signal?.throwIfAborted();
        this.native = loadBinding().createJob();
        this.signal = signal;
        signal?.addEventListener('abort', this.onAbort, { once: true });
    }
    /** The job that work enqueued now belongs to: the innermost `run`, else one for all work outside any. */
    static current() {
        if (current)
            return current;
        fallback ??= new Job();
        return fallback;
    }
    /** Runs `enqueue`, which must be synchronous, with this job as the current one. */
    run(enqueue) {
        this.signal?.throwIfAborted();
        const before = current;
        current = this;
        try {
            return enqueue();
        }
        finally {
            current = before;
        }
    }
    /** Notes a call and the place it was made from; returns its number. */
    record(op, shapes) {
        const site = {};
        Error.captureStackTrace(site, this.record);
        this.calls.set(this.nextCall, { op, shapes, site });
        this.calls.delete(this.nextCall - MOST_CALLS);
        return this.nextCall++;
    }
    /** Awaits a result of this job; a native error becomes an {@link MstaError} with op, shapes and the caller's stack. */
    async settle(result) {
        const before = this.nextCall;
        try {
            const value = await result;
            // What was enqueued before this wait has run; what came since may still fail.
            for (const call of this.calls.keys())
                if (call < before)
                    this.calls.delete(call);
            return value;
        }
        catch (error) {
            // A failed job skips all further work: what comes after, outside any job, gets a fresh one.
            if (fallback === this)
                fallback = undefined;
            throw this.explain(error);
        }
    }
    /** Stops listening to the signal. */
    end() {
        this.signal?.removeEventListener('abort', this.onAbort);
    }
    explain(error) {
        const { code, message, call } = error;
        if (code === 'ABORT_ERR')
            return this.signal?.reason ?? error;
        const record = call === undefined ? undefined : this.calls.get(call);
        const explained = new MstaError((code ?? 'ERR_NATIVE'), message, {
            ...(record && { op: record.op, shapes: record.shapes }),
        });
        if (record?.site.stack) {
            const frames = record.site.stack.split('\n').slice(1).join('\n');
            explained.stack = `MstaError: ${message}\n${frames}`;
        }
        return explained;
    }
}
/** Runs `work` with a job that ends with it. */
export async function withJob(signal, work) {
    const job = new Job(signal);
    try {
        return await work(job);
    }
    finally {
        job.end();
    }
}
//# sourceMappingURL=job.js.map