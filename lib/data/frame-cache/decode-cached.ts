import { usableCpus } from '../../runtime/cpus.js'
import { type DecodeJob, type DecodeOutcome, decodeBatch } from '../../video/decode-batch.js'
import {
  type DecodeManyOptions,
  type DecodeResult,
  decodeMany,
  MAX_PENDING_BYTES,
} from '../../video/decode-many.js'
import { findFfmpeg } from '../../video/ffmpeg.js'
import type { Found, FrameCache } from './frame-cache.js'

/** Videos decoded together while it is not known how large they are: of each all frames to keep are in memory. */
const AT_FIRST = 2

/**
 * {@link decodeMany} through a cache: videos are looked up, and those that are missing decoded and kept.
 * @throws as decodeMany
 */
export function decodeCached(
  jobs: readonly DecodeJob[],
  cache: FrameCache,
  options: Omit<DecodeManyOptions, 'decode'> = {},
): AsyncGenerator<DecodeResult, void, undefined> {
  const { maxPendingBytes = MAX_PENDING_BYTES, concurrency = usableCpus() } = options
  let largest = 0
  const decode: typeof decodeBatch = async (chunk, limits) => {
    const { version } = await findFfmpeg()
    const found = await Promise.all(chunk.map((job) => cache.find(job, version, limits.signal)))
    const outcomes = found.map(({ clip }): DecodeOutcome => ({ ok: true, clip: clip! }))
    const missing = [...chunk.keys()].filter((i) => !found[i]!.clip)
    for (let next = 0; next < missing.length; ) {
      const room = largest === 0 ? AT_FIRST : Math.trunc(maxPendingBytes / concurrency / largest)
      const some = missing.slice(next, next + Math.max(1, room))
      const decoded = await decodeBatch(
        some.map((i) => cache.jobFor(chunk[i]!)),
        limits,
      )
      for (const each of decoded) if (each.ok) largest = Math.max(largest, each.clip.frames.length)
      const kept = await keepAll(
        cache,
        some.map((i, at) => ({ job: chunk[i]!, found: found[i]!, outcome: decoded[at]! })),
        limits.signal,
      )
      for (const [at, i] of some.entries()) outcomes[i] = kept[at]!
      next += some.length
    }
    return outcomes
  }
  return decodeMany(jobs, { ...options, decode })
}

interface Decoded {
  job: DecodeJob
  found: Found
  outcome: DecodeOutcome
}

async function keepAll(
  cache: FrameCache,
  decoded: readonly Decoded[],
  signal: AbortSignal | undefined,
): Promise<DecodeOutcome[]> {
  const kept = await Promise.allSettled(
    decoded.map(async ({ job, found, outcome }): Promise<DecodeOutcome> => {
      if (!outcome.ok) return outcome
      return { ok: true, clip: await cache.keep(job, found.entry, outcome.clip, signal) }
    }),
  )
  // Only now, so that after an abort nobody is left behind writing.
  return kept.map((each) => {
    if (each.status === 'rejected') throw each.reason
    return each.value
  })
}
