import type { NativeJob } from './binding.js'
import { MstaError, type MstaErrorCode } from './errors.js'
import { loadBinding } from './loader.js'

/** What is remembered of an enqueued call, to explain it if it fails later. */
interface CallRecord {
  op: string
  shapes: Record<string, readonly number[]>
  /** Its `stack` is the caller's; formatted only when read. */
  site: { stack?: string }
}

/** More calls than this are not remembered between two waits. */
const MOST_CALLS = 10_000

let current: Job | undefined
let fallback: Job | undefined

/**
 * One caller's work on a device. Kernels enqueued inside {@link Job.run} belong to it: aborting its signal, or its
 * first failure, skips the rest of them, and waiting for any of its results then rejects.
 */
export class Job {
  readonly native: NativeJob
  private readonly signal: AbortSignal | undefined
  private readonly calls = new Map<number, CallRecord>()
  private nextCall = 0
  private readonly onAbort = () => this.native.cancel()

  constructor(signal?: AbortSignal) {
    signal?.throwIfAborted()
    this.native = loadBinding().createJob()
    this.signal = signal
    signal?.addEventListener('abort', this.onAbort, { once: true })
  }

  /** The job that work enqueued now belongs to: the innermost `run`, else one for all work outside any. */
  static current(): Job {
    if (current) return current
    fallback ??= new Job()
    return fallback
  }

  /** Runs `enqueue`, which must be synchronous, with this job as the current one. */
  run<T>(enqueue: () => T): T {
    this.signal?.throwIfAborted()
    const before = current
    current = this
    try {
      return enqueue()
    } finally {
      current = before
    }
  }

  /** Notes a call and the place it was made from; returns its number. */
  record(op: string, shapes: Record<string, readonly number[]>): number {
    const site: { stack?: string } = {}
    Error.captureStackTrace(site, this.record)
    this.calls.set(this.nextCall, { op, shapes, site })
    this.calls.delete(this.nextCall - MOST_CALLS)
    return this.nextCall++
  }

  /** Awaits a result of this job; a native error becomes an {@link MstaError} with op, shapes and the caller's stack. */
  async settle<T>(result: Promise<T>): Promise<T> {
    const before = this.nextCall
    try {
      const value = await result
      // What was enqueued before this wait has run; what came since may still fail.
      for (const call of this.calls.keys()) if (call < before) this.calls.delete(call)
      return value
    } catch (error) {
      // A failed job skips all further work: what comes after, outside any job, gets a fresh one.
      if (fallback === this) fallback = undefined
      throw this.explain(error)
    }
  }

  /** Stops listening to the signal. */
  end(): void {
    this.signal?.removeEventListener('abort', this.onAbort)
  }

  private explain(error: unknown): unknown {
    const { code, message, call } = error as { code?: string; message: string; call?: number }
    if (code === 'ABORT_ERR') return this.signal?.reason ?? error
    const record = call === undefined ? undefined : this.calls.get(call)
    const explained = new MstaError((code ?? 'ERR_NATIVE') as MstaErrorCode, message, {
      ...(record && { op: record.op, shapes: record.shapes }),
    })
    if (record?.site.stack) {
      const frames = record.site.stack.split('\n').slice(1).join('\n')
      explained.stack = `MstaError: ${message}\n${frames}`
    }
    return explained
  }
}

/** Runs `work` with a job that ends with it. */
export async function withJob<T>(
  signal: AbortSignal | undefined,
  work: (job: Job) => Promise<T>,
): Promise<T> {
  const job = new Job(signal)
  try {
    return await work(job)
  } finally {
    job.end()
  }
}
