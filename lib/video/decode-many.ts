import { setMaxListeners } from 'node:events'
import { usableCpus } from '../runtime/cpus.js'
import { createGate } from '../runtime/gate.js'
import type { DecodeFramesOptions } from './decode.js'
import { type DecodeJob, type DecodeOutcome, type DecodeResult, decodeBatch } from './decode-batch.js'
import { findFfmpeg } from './ffmpeg.js'

export type { DecodeJob, DecodeResult } from './decode-batch.js'

/** Options of {@link decodeMany}. */
export interface DecodeManyOptions extends Omit<DecodeFramesOptions, 'frameCountHint'> {
  /** ffmpeg processes side by side. Default: the CPUs this process may use. */
  concurrency?: number
  /**
   * Videos that one ffmpeg process decodes; 1 gives every video its own process. Default: 8, and up to 32 once they are
   * known to be small, as far as the memory allows.
   */
  batchSize?: number
  /**
   * Most videos being decoded or waiting to be taken: bounds the memory when the consumer is slow.
   * Default: twice `concurrency * batchSize`; never less than one batch.
   */
  prefetch?: number
  /** Most bytes of frames being decoded or waiting, as far as they can be foreseen. Default 512 MiB. */
  maxPendingBytes?: number
  /** What decodes a batch, one outcome a job, in order. Default: {@link decodeBatch}. */
  decode?: typeof decodeBatch
}

const FIRST_BATCH_SIZE = 8
const MOST_BATCH_SIZE = 32
/** Decoding that many takes seconds, beside which the start of a process is nothing. */
const ENOUGH_PIXELS = 2 ** 30
/** The default of {@link DecodeManyOptions.maxPendingBytes}. */
export const MAX_PENDING_BYTES = 512 * 2 ** 20

/**
 * Decodes many videos side by side and yields the results in the order of the jobs. A bad video is a result with
 * `ok: false`; it never ends the run. Leaving the loop early, or an abort, kills what still runs.
 * @throws MstaError ERR_FFMPEG (there is none), ERR_ARGUMENT; the signal's reason on abort.
 */
export async function* decodeMany(
  jobs: readonly DecodeJob[],
  options: DecodeManyOptions = {},
): AsyncGenerator<DecodeResult, void, undefined> {
  const concurrency = Math.max(1, Math.trunc(options.concurrency ?? usableCpus()))
  const decode = options.decode ?? decodeBatch
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  // Every process and every file that is read listens to it.
  setMaxListeners(0, signal)

  const maxPendingBytes = options.maxPendingBytes ?? MAX_PENDING_BYTES
  let largestClip = 0
  let mostPixels = 0
  const fairShare = Math.max(1, Math.ceil(jobs.length / concurrency))
  const nextBatchSize = () =>
    Math.max(1, Math.min(Math.trunc(options.batchSize ?? roomyBatchSize()), fairShare))
  const roomyBatchSize = () => {
    if (largestClip === 0) return FIRST_BATCH_SIZE
    // As many as fit twice, those being decoded and those waiting, and no more than leave the others their share.
    const room = Math.min(maxPendingBytes / largestClip, options.prefetch ?? Number.POSITIVE_INFINITY) / 2
    const most = Math.min(room, jobs.length - started) / concurrency
    return Math.max(FIRST_BATCH_SIZE, Math.min(MOST_BATCH_SIZE, ENOUGH_PIXELS / mostPixels, most))
  }

  const gate = createGate(concurrency)
  const batches: { first: number; size: number; outcomes: Promise<DecodeOutcome[]> }[] = []
  let started = 0
  let yielded = 0
  const startMore = () => {
    while (started < jobs.length) {
      const batchSize = nextBatchSize()
      const prefetch = Math.max(batchSize, Math.trunc(options.prefetch ?? 2 * concurrency * batchSize))
      const chunk = jobs.slice(started, started + batchSize)
      const pending = started - yielded
      if (pending + chunk.length > prefetch) return
      // Clips of one set are of much the same size, so the largest so far foretells the next.
      if (pending > 0 && (pending + chunk.length) * largestClip > maxPendingBytes) return
      const outcomes = gate(() => decode(chunk, { ...options, signal }))
      // Whoever awaits it sees the failure; until then it must not count as unhandled.
      outcomes.catch(() => {})
      batches.push({ first: started, size: chunk.length, outcomes })
      started += chunk.length
    }
  }
  try {
    signal.throwIfAborted()
    await findFfmpeg()
    startMore()
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      const outcomes = await batch.outcomes
      for (const [offset, outcome] of outcomes.entries()) {
        if (outcome.ok) {
          const { frames, frameCount, width, height } = outcome.clip
          largestClip = Math.max(largestClip, frames.length)
          mostPixels = Math.max(mostPixels, frameCount * width * height)
        }
        yield { index: batch.first + offset, ...outcome }
        yielded++
        startMore()
      }
    }
  } finally {
    stop.abort()
    await Promise.allSettled(batches.map(({ outcomes }) => outcomes))
  }
}
