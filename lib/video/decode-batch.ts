import { hintFrameCount } from './containers/hint.js'
import {
  arrange,
  type DecodedFrames,
  type DecodeFramesOptions,
  decodeFrames,
  type FramePlan,
  type FrameSelector,
  isComplete,
  tryPlan,
} from './decode.js'
import { byteLimit, globalArguments, inputArguments, pictureArguments } from './decode-pass.js'
import { findFfmpeg, manyInputsArguments } from './ffmpeg.js'
import { PpmSink } from './ppm-sink.js'
import { outputUrl, runFfmpeg } from './run-ffmpeg.js'
import { findVideoFile, type VideoBytes } from './video-file.js'

/** One video to decode: which file, and which of its frames (see {@link FrameSelector}). */
export interface DecodeJob {
  path: string
  select: FrameSelector
  /** See {@link DecodeFramesOptions.frameCountHint}. */
  frameCountHint?: number
}

/** The result of one job: its number, and its frames or what went wrong. */
export type DecodeResult =
  | { index: number; ok: true; clip: DecodedFrames }
  | { index: number; ok: false; error: unknown }

/** What a result is before it has its number. */
export type DecodeOutcome = { ok: true; clip: DecodedFrames } | { ok: false; error: unknown }

interface Prepared {
  job: DecodeJob
  bytes: VideoBytes
  plan: FramePlan
}

/** So few are decoded alone at once when their common run gives nothing. */
const FEW = 4

/**
 * Decodes several videos with one ffmpeg process, because starting one costs as much as decoding a short clip. It is
 * only a shortcut: every job whose frame count was not guessed, and every one that the common run did not deliver
 * complete and with the guessed count, is decoded on its own by {@link decodeFrames}, which also finds the error to
 * report. One bad file thus costs time, and changes nothing for its neighbours: those are tried by halves first.
 * @returns one outcome a job, in order. @throws only the signal's reason.
 */
export async function decodeBatch(
  jobs: readonly DecodeJob[],
  options: DecodeFramesOptions,
): Promise<DecodeOutcome[]> {
  const prepared = jobs.length > 1 ? await Promise.all(jobs.map(prepare)) : []
  const together = prepared.filter((entry) => entry !== undefined)
  const done = await decodeByHalves(together, options)
  const outcomes: DecodeOutcome[] = []
  for (const job of jobs) {
    const clip = done.get(job)
    outcomes.push(clip ? { ok: true, clip } : await decodeAlone(job, options))
  }
  return outcomes
}

async function prepare(job: DecodeJob): Promise<Prepared | undefined> {
  try {
    const bytes = await findVideoFile(job.path)
    const hint = job.frameCountHint ?? (await hintFrameCount(job.path))
    const plan = hint === undefined ? undefined : tryPlan(job.path, job.select, hint)
    return plan && { job, bytes, plan }
  } catch {
    return undefined
  }
}

/** {@link decodeTogether}; of a run that failed, because a file cannot be opened or crashes it, both halves. */
async function decodeByHalves(
  entries: readonly Prepared[],
  options: DecodeFramesOptions,
): Promise<Map<DecodeJob, DecodedFrames>> {
  if (entries.length < 2) return new Map()
  const done = await decodeTogether(entries, options)
  if (done !== undefined) return done
  if (entries.length <= FEW) return new Map()
  const middle = entries.length >> 1
  const first = await decodeByHalves(entries.slice(0, middle), options)
  const second = await decodeByHalves(entries.slice(middle), options)
  return new Map([...first, ...second])
}

/** What one common run delivered, nothing if it ended by a limit (time, bytes); undefined if it failed. */
async function decodeTogether(
  entries: readonly Prepared[],
  options: DecodeFramesOptions,
): Promise<Map<DecodeJob, DecodedFrames> | undefined> {
  const done = new Map<DecodeJob, DecodedFrames>()
  const sinks = entries.map(
    ({ job, plan }) =>
      new PpmSink({ keep: plan.unique.length, maxBytes: byteLimit(options), file: job.path }),
  )
  const { version } = await findFfmpeg()
  const inputs = entries.flatMap(({ bytes }) => [
    ...manyInputsArguments(version),
    ...inputArguments(bytes, options),
  ])
  const outputs = entries.flatMap(({ plan }, i) => [
    ...pictureArguments(`${i}:V:0`, plan.unique, version),
    outputUrl(i),
  ])
  try {
    const { code, killedBy, log } = await runFfmpeg({
      signal: options.signal,
      idleTimeoutMs: options.idleTimeoutMs,
      timeoutMs: options.timeoutMs,
      args: [...globalArguments(), ...inputs, ...outputs],
      outputs: sinks,
      file: entries.map(({ job }) => job.path).join(', '),
    })
    if (killedBy !== null) return undefined
    for (const [i, { job, plan }] of entries.entries()) {
      const sink = sinks[i]!
      const pass = { decoded: log.decodedFrames.get(i) ?? 0, sink }
      if (isComplete(pass, plan) && !log.changedFormat(i)) done.set(job, arrange(plan, sink))
    }
    // A broken tail gives a status, too, after many good frames.
    if (code !== 0 && done.size === 0) return undefined
  } catch {
    options.signal?.throwIfAborted()
  }
  return done
}

async function decodeAlone(job: DecodeJob, options: DecodeFramesOptions): Promise<DecodeOutcome> {
  try {
    const own = job.frameCountHint === undefined ? {} : { frameCountHint: job.frameCountHint }
    return { ok: true, clip: await decodeFrames(job.path, job.select, { ...options, ...own }) }
  } catch (error) {
    options.signal?.throwIfAborted()
    return { ok: false, error }
  }
}
