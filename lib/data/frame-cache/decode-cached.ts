import { usableCpus } from '../../runtime/cpus.js'
import { createGate } from '../../runtime/gate.js'
import { type DecodeJob, type DecodeOutcome, decodeBatch } from '../../video/decode-batch.js'
import type { DecodeManyOptions, DecodeResult } from '../../video/decode-many.js'
import { findFfmpeg } from '../../video/ffmpeg.js'
import type { FrameCache } from './frame-cache.js'

const FIRST_CHUNK = 2
const MOST_CHUNK = 8
const MAX_PENDING_BYTES = 512 * 2 ** 20

/**
 * As `decodeMany`, through a cache: videos are looked up, and those that are missing decoded and kept, some at a time
 * and ahead of the consumer.
 * @throws MstaError ERR_FFMPEG (there is none), ERR_ARGUMENT; the signal's reason on abort.
 */
export async function* decodeCached(
  jobs: readonly DecodeJob[],
  cache: FrameCache,
  options: DecodeManyOptions = {},
): AsyncGenerator<DecodeResult, void, undefined> {
  const concurrency = Math.max(1, Math.trunc(options.concurrency ?? usableCpus()))
  const maxPendingBytes = options.maxPendingBytes ?? MAX_PENDING_BYTES
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  const gate = createGate(concurrency)
  signal.throwIfAborted()
  const { version } = await findFfmpeg()

  let largestClip = 0
  let largestDecoded = 0
  const load = async (chunk: readonly DecodeJob[]): Promise<DecodeOutcome[]> => {
    const found = await Promise.all(chunk.map((job) => cache.find(job, version, signal)))
    const missing = [...chunk.keys()].filter((i) => !found[i]!.clip)
    const outcomes = found.map(({ clip }): DecodeOutcome => ({ ok: true, clip: clip! }))
    if (missing.length === 0) return outcomes
    await gate(async () => {
      const wanted = missing.map((i) => cache.jobFor(chunk[i]!))
      const decoded = await decodeBatch(wanted, { ...options, signal })
      const keep = async (i: number, outcome: DecodeOutcome): Promise<DecodeOutcome> => {
        if (!outcome.ok) return outcome
        largestDecoded = Math.max(largestDecoded, outcome.clip.frames.length)
        return { ok: true, clip: await cache.keep(chunk[i]!, found[i]!.entry, outcome.clip, signal) }
      }
      // Of an aborted chunk, too, nobody is left behind writing.
      const kept = await Promise.allSettled(missing.map((i, at) => keep(i, decoded[at]!)))
      for (const [at, i] of missing.entries()) {
        const each = kept[at]!
        if (each.status === 'rejected') throw each.reason
        outcomes[i] = each.value
      }
    })
    return outcomes
  }

  const chunks: Promise<DecodeOutcome[]>[] = []
  let started = 0
  /** Videos that are being looked up or decoded, and those that wait to be taken. */
  let [loading, waiting] = [0, 0]
  const chunkSize = () => {
    const known = largestClip > 0 || largestDecoded > 0
    const roomy = largestDecoded > 0 ? maxPendingBytes / concurrency / largestDecoded : MOST_CHUNK
    const fairShare = Math.ceil(jobs.length / concurrency)
    const most = Math.min(options.batchSize ?? (known ? MOST_CHUNK : FIRST_CHUNK), roomy, fairShare)
    return Math.max(1, Math.trunc(most))
  }
  const startMore = () => {
    while (started < jobs.length && !signal.aborted) {
      const size = Math.min(chunkSize(), jobs.length - started)
      const pending = loading + waiting
      if (pending > 0 && pending + size > Math.trunc(options.prefetch ?? 2 * concurrency * size)) return
      const bytes = (loading + size) * Math.max(largestDecoded, largestClip) + waiting * largestClip
      if (pending > 0 && bytes > maxPendingBytes) return
      const outcomes = load(jobs.slice(started, started + size)).finally(() => {
        loading -= size
        waiting += size
        startMore()
      })
      // Whoever awaits it sees the failure; until then it must not count as unhandled.
      outcomes.catch(() => {})
      chunks.push(outcomes)
      loading += size
      started += size
    }
  }
  try {
    startMore()
    let index = 0
    for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
      for (const outcome of await chunk) {
        if (outcome.ok) largestClip = Math.max(largestClip, outcome.clip.frames.length)
        yield { index: index++, ...outcome }
        waiting--
        startMore()
      }
    }
  } finally {
    stop.abort()
    await Promise.allSettled(chunks)
  }
}
