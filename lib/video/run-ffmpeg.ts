import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { MstaError } from '../runtime/errors.js'
import { findFfmpeg } from './ffmpeg.js'
import { FfmpegLog } from './ffmpeg-log.js'

/**
 * Takes the bytes of one output as they come; an exception stops the run. A sink that returns a promise gets no more
 * until it is fulfilled: ffmpeg waits.
 */
export interface ByteSink {
  write(chunk: Uint8Array): void | Promise<void>
}

/** Limits every video call accepts. */
export interface RunLimits {
  /** Aborting kills ffmpeg and rejects with the signal's reason. */
  signal?: AbortSignal
  /** Longest silence of ffmpeg, in milliseconds, before it is killed. Default 60 000. */
  idleTimeoutMs?: number
  /** Longest duration of one ffmpeg run, in milliseconds, whatever it does. Default 900 000 (15 minutes). */
  timeoutMs?: number
}

/** One run of ffmpeg. */
export interface FfmpegRun extends RunLimits {
  /** Arguments after the common ones; output i is the URL `outputUrl(i)`. */
  args: string[]
  /** One sink for each output pipe. */
  outputs: ByteSink[]
  /** Written to ffmpeg's standard input (`pipe:0`); without it the input is empty. */
  input?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  /** The file at fault when the run fails, for messages. */
  file: string
}

/** How a run ended: exit code, or the signal that ended it; and the log. */
export interface FfmpegOutcome {
  code: number | null
  killedBy: NodeJS.Signals | null
  log: FfmpegLog
}

const IDLE_TIMEOUT_MS = 60_000
const TIMEOUT_MS = 900_000
const FIRST_EXTRA_FD = 3

/** The URL under which ffmpeg writes output number `index` of a run. */
export function outputUrl(index: number): string {
  return index === 0 ? 'pipe:1' : `pipe:${FIRST_EXTRA_FD + index - 1}`
}

/**
 * A file name as ffmpeg input that means this file and nothing else: absolute, so that no leading dash is an option,
 * and with a protocol, so that no colon is one.
 */
export function fileUrl(file: string): string {
  return `file:${path.resolve(file)}`
}

/**
 * Runs ffmpeg without a shell and waits until it is gone, whatever happens; its exit code is for the caller to judge.
 * @throws MstaError ERR_FFMPEG (none found or not startable), ERR_TIMEOUT (silent or running for too long; killed).
 * @throws the signal's reason on abort; what a sink or the input threw.
 */
export async function runFfmpeg(run: FfmpegRun): Promise<FfmpegOutcome> {
  const { signal } = run
  signal?.throwIfAborted()
  const ffmpeg = await findFfmpeg()
  signal?.throwIfAborted()
  const common = ['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'level+verbose', '-progress', 'pipe:2']
  const child = spawn(ffmpeg.path, [...common, ...run.args], {
    stdio: [
      run.input ? 'pipe' : 'ignore',
      'pipe',
      'pipe',
      ...run.outputs.slice(1).map(() => 'pipe' as const),
    ],
    windowsHide: true,
  })
  return watch(child, run, ffmpeg.path)
}

function watch(child: ChildProcess, run: FfmpegRun, ffmpegPath: string): Promise<FfmpegOutcome> {
  return new Promise((resolve, reject) => {
    const log = new FfmpegLog()
    let failure: { reason: unknown } | undefined
    let finished = false
    const letGo = () => {
      for (const stream of child.stdio) stream?.destroy()
    }
    const stop = (reason: unknown) => {
      failure ??= { reason }
      child.kill('SIGKILL')
      // It may have ended by itself, with output left that a sink makes wait.
      if (child.exitCode !== null || child.signalCode !== null) letGo()
    }
    const late = (milliseconds: number, what: string) => () =>
      stop(
        new MstaError(
          'ERR_TIMEOUT',
          `${run.file}: ffmpeg ${what} ${milliseconds / 1000} s and was stopped. ` +
            'If the file is merely large or the disk slow, raise the time-out; otherwise re-encode or leave it out.',
          { file: run.file },
        ),
      )
    const idleMs = run.idleTimeoutMs ?? IDLE_TIMEOUT_MS
    const totalMs = run.timeoutMs ?? TIMEOUT_MS
    // Waiting for a sink is not ffmpeg's idleness.
    let waiting = 0
    const onIdle = late(idleMs, 'made no progress for')
    const idle: NodeJS.Timeout = setTimeout(() => (waiting > 0 ? idle.refresh() : onIdle()), idleMs)
    const total = setTimeout(late(totalMs, 'did not finish within'), totalMs)
    const onAbort = () => stop(run.signal?.reason)
    run.signal?.addEventListener('abort', onAbort, { once: true })

    child.on('error', (error: NodeJS.ErrnoException) => {
      failure ??= {
        reason: new MstaError(
          'ERR_FFMPEG',
          `ffmpeg at ${ffmpegPath} cannot be started for ${run.file}: ${error.message}. ` +
            'Check MSTA_FFMPEG and the limits on processes and open files.',
          { file: run.file, cause: error },
        ),
      }
      if (child.pid === undefined) finish(null, null)
    })
    child.stderr?.setEncoding('utf8')
    child.stderr?.on('data', (text: string) => {
      idle.refresh()
      log.write(text)
    })
    // Iterated, not paused: when a process ends, Node resumes its paused streams.
    const feed = async (stream: Readable, sink: FfmpegRun['outputs'][number]) => {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        idle.refresh()
        if (failure) continue
        const isTaken = sink.write(chunk)
        if (isTaken === undefined) continue
        waiting++
        await isTaken.finally(() => waiting--)
        idle.refresh()
      }
    }
    const unlessLetGo = (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') stop(error)
    }
    for (const [index, sink] of run.outputs.entries())
      feed(child.stdio[index === 0 ? 1 : FIRST_EXTRA_FD + index - 1] as Readable, sink).catch(unlessLetGo)
    if (run.outputs.length === 0) child.stdout?.resume()
    if (run.input) {
      // EPIPE only says that ffmpeg ended first; its exit code and log tell why.
      pipeline(run.input, child.stdin as Writable).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EPIPE') unlessLetGo(error)
      })
    }
    const finish = (code: number | null, killedBy: NodeJS.Signals | null) => {
      if (finished) return
      finished = true
      clearTimeout(idle)
      clearTimeout(total)
      run.signal?.removeEventListener('abort', onAbort)
      log.end()
      if (failure) reject(failure.reason)
      else resolve({ code, killedBy, log })
    }
    // A grandchild (MSTA_FFMPEG may be a script) can outlive the kill and hold the pipes: let go of them.
    child.on('exit', () => {
      if (failure) letGo()
    })
    child.on('close', finish)
    if (run.signal?.aborted) onAbort()
  })
}
