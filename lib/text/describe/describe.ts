import path from 'node:path'
import { makeFolder } from '../../formats/make-folder.js'
import { MstaError } from '../../runtime/errors.js'
import { askClass, type DescribeReason } from './ask-class.js'
import { DescriptionFile } from './description-file.js'
import { Patience } from './patience.js'
import type { DescriptionKind } from './questions.js'
import { LanguageModel, ServiceError, type ServiceOptions } from './service.js'

/** Options of {@link describeClasses}. */
export interface DescribeOptions extends ServiceOptions {
  /** Class names, in the order of their ids. */
  names: readonly string[]
  /** Both unless given. */
  kinds?: readonly DescriptionKind[] | undefined
  /** Sentences of each kind a class. */
  count: number
  /** Folder of the files. */
  out: string
  /** What the files are named after: `COUNT_s_description_DATASET.json`. */
  dataset: string
  /** Questions on their way at once. */
  concurrency?: number | undefined
  /** Wait before a question is asked again for the first time, in milliseconds; it doubles from then on. */
  firstWaitMs?: number | undefined
  signal?: AbortSignal | undefined
  /** Told after every class of either kind. */
  onProgress?: ((progress: DescribeProgress) => void) | undefined
  /** Told before a question is asked again: why, and after how many milliseconds. */
  onWait?: ((why: string, ms: number) => void) | undefined
}

/** Told whenever a class is done. */
export interface DescribeProgress {
  /** Lists of sentences that are there or have failed, of `total`. */
  done: number
  total: number
  failure?: DescribeFailure
}

/** A class without descriptions. */
export interface DescribeFailure {
  kind: DescriptionKind
  id: number
  name: string
  reason: DescribeReason
  message: string
}

/** The outcome of {@link describeClasses}. */
export interface DescribeResult {
  /** The file of each kind asked for. A file lacks the classes that failed. */
  files: Partial<Record<DescriptionKind, string>>
  /** Lists written in this call, and those that were there. */
  written: number
  kept: number
  /** By kind and class id. */
  failures: DescribeFailure[]
  /** All sentences of the files. */
  sentences: string[]
}

const ATTEMPTS = 6
const FAILURES_IN_A_ROW = 5

interface Task {
  kind: DescriptionKind
  id: number
  name: string
  file: DescriptionFile
}

/**
 * Has a language model write descriptions of every class, with the paper's prompts, into files of ETL4Video's format.
 * A class is written as soon as it is answered, and never asked for again: after an abort or a crash, call it again.
 * Rate limits and failures that pass are waited for; a class that is refused, or gets no usable answer, is told in
 * `failures`.
 *
 * @throws MstaError ERR_ARGUMENT, ERR_LOAD (no package openai), ERR_FILE, ERR_FORMAT, ERR_LABELS; ERR_SERVICE when the
 *   service cannot be used at all (its address, the key, the quota); the signal's reason
 */
export async function describeClasses(options: DescribeOptions): Promise<DescribeResult> {
  const { names, count, out, dataset, signal } = options
  const kinds = [...new Set(options.kinds ?? (['spatial', 'temporal'] as const))]
  const concurrency = options.concurrency ?? 4
  for (const [key, value] of Object.entries({ count, concurrency }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new MstaError('ERR_ARGUMENT', `${key} must be a whole number from 1, not ${value}`)
  signal?.throwIfAborted()
  const model = await LanguageModel.open(options)
  await makeFolder(out)
  const files = new Map<DescriptionKind, DescriptionFile>()
  for (const kind of kinds) {
    const file = path.join(out, `${count}_${kind[0]}_description_${dataset}.json`)
    files.set(kind, await DescriptionFile.open(file, names))
  }
  const all = [...files].flatMap(([kind, file]) => names.map((name, id): Task => ({ kind, id, name, file })))
  const tasks = all.filter(({ file, id }) => !file.has(id))
  const run = new DescribeRun(options, model, tasks, all.length)
  await run.work(Math.min(concurrency, tasks.length))
  return {
    files: Object.fromEntries([...files].map(([kind, { file }]) => [kind, file])),
    written: tasks.length - run.failures.length,
    kept: all.length - tasks.length,
    failures: run.failures.sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || a.id - b.id),
    sentences: [...files.values()].flatMap((file) => file.sentences()),
  }
}

class DescribeRun {
  readonly failures: DescribeFailure[] = []
  private readonly stop = new AbortController()
  private readonly patience: Patience
  private next = 0
  private done: number
  private failuresInARow = 0

  constructor(
    private readonly options: DescribeOptions,
    private readonly model: LanguageModel,
    private readonly tasks: readonly Task[],
    private readonly total: number,
  ) {
    this.patience = new Patience(ATTEMPTS, options.firstWaitMs ?? 1000, (...wait) =>
      options.onWait?.(...wait),
    )
    this.done = total - tasks.length
  }

  /** Asks for every task, `concurrency` at once; returns when nothing is on its way any more, also by throwing. */
  async work(concurrency: number): Promise<void> {
    const { signal } = this.options
    const onAbort = () => this.stop.abort(signal!.reason)
    if (signal?.aborted) onAbort()
    signal?.addEventListener('abort', onAbort)
    try {
      await Promise.all(Array.from({ length: concurrency }, () => this.worker()))
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
    this.stop.signal.throwIfAborted()
  }

  private async worker(): Promise<void> {
    while (!this.stop.signal.aborted) {
      const task = this.tasks[this.next++]
      if (!task) return
      try {
        await this.describe(task)
      } catch (error) {
        // The first reason counts; what others on their way throw follows from it.
        this.stop.abort(error)
      }
    }
  }

  private async describe(task: Task): Promise<void> {
    const { kind, id, name, file } = task
    const answer = await askClass(
      this.model,
      this.patience,
      { kind, name, count: this.options.count },
      this.stop.signal,
    ).catch((error) => this.serviceFailed(error))
    if ('sentences' in answer) await file.add(id, answer.sentences, this.model.name)
    if (!('reason' in answer) || answer.reason !== 'service') this.failuresInARow = 0
    const failure = 'reason' in answer ? { kind, id, name, ...answer } : undefined
    if (failure) this.failures.push(failure)
    this.done++
    this.options.onProgress?.({ done: this.done, total: this.total, ...(failure && { failure }) })
  }

  private serviceFailed(error: unknown): { reason: 'service'; message: string } {
    if (!(error instanceof ServiceError)) throw error
    this.failuresInARow++
    if (error.remedy !== 'retry' || this.failuresInARow >= FAILURES_IN_A_ROW) {
      const remedy = 'What was answered is kept: run the same again when it works.'
      throw new MstaError('ERR_SERVICE', `The language model: ${error.message}. ${remedy}`)
    }
    return { reason: 'service', message: error.message }
  }
}
