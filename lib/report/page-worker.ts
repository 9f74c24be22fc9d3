import { parentPort, workerData } from 'node:worker_threads'
import type { MstaErrorCode } from '../runtime/errors.js'
import { buildPage, type PageRequest } from './build-page.js'

/** What the thread answers: the page, or what an error of ours said, which threads cannot hand on as it is. */
export type PageAnswer =
  | { page: string }
  | { failure: { code: MstaErrorCode | undefined; message: string; file: string | undefined } }

async function answer(): Promise<PageAnswer> {
  try {
    return { page: await buildPage(workerData as PageRequest) }
  } catch (error) {
    const { code, message, file } = error as { code?: MstaErrorCode; message: string; file?: string }
    return { failure: { code, message, file } }
  }
}

parentPort!.postMessage(await answer())
