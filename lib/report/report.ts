import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { replaceFile } from '../formats/replace-file.js'
import { MstaError } from '../runtime/errors.js'
import type { PageRequest } from './build-page.js'
import type { Examples } from './examples/collect.js'
import type { PageAnswer } from './page-worker.js'

/** Options of {@link writeReport}. */
export interface WriteReportOptions {
  /** The HTML file to write; its folder must exist. */
  out: string
  /** What the page is called; the source's name unless given. */
  title?: string | undefined
  /** Single videos to show, of `collectExamples`. */
  examples?: Examples | undefined
  signal?: AbortSignal | undefined
}

/**
 * Writes one HTML page, which needs no other file, no network and no script, about run folders of `msta train`, results
 * of `msta eval --json` and result bundles of `msta eval --protocol` (or the folder with one).
 *
 * @throws MstaError ERR_ARGUMENT without a source; ERR_FILE, ERR_FORMAT naming the file at fault; the signal's reason
 */
export async function writeReport(
  sources: readonly string[],
  { out, title, examples, signal }: WriteReportOptions,
): Promise<void> {
  if (sources.length === 0)
    throw new MstaError('ERR_ARGUMENT', 'A report needs a run folder or a result file')
  const page = await inThread({ sources, title, examples }, signal)
  await replaceFile(out, (file) => file.writeFile(page), { signal, durable: false })
}

/** Large results take a while to read and to lay out: the event loop does not wait for that. */
async function inThread(workerData: PageRequest, signal: AbortSignal | undefined): Promise<string> {
  signal?.throwIfAborted()
  const worker = new Worker(new URL('./page-worker.js', import.meta.url), { workerData, execArgv: [] })
  try {
    const [answer] = (await once(worker, 'message', { signal })) as [PageAnswer]
    if ('page' in answer) return answer.page
    const { code, message, file } = answer.failure
    throw code === undefined ? new Error(message) : new MstaError(code, message, { file })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    await worker.terminate()
  }
}
