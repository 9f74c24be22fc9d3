import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { MstaError } from '../runtime/errors.js'

/** Where a usable ffmpeg was found. */
export type FfmpegSource = 'MSTA_FFMPEG' | 'ffmpeg-static' | 'PATH'

/** A usable ffmpeg: absolute path (or the value of MSTA_FFMPEG as given), its version text, where it came from. */
export interface Ffmpeg {
  path: string
  version: string
  source: FfmpegSource
}

const VERSION_TIMEOUT_MS = 20_000
const REMEDY =
  'Install ffmpeg (Debian/Ubuntu: apt-get install ffmpeg; macOS: brew install ffmpeg; ' +
  'or npm install ffmpeg-static), or set MSTA_FFMPEG to the full path of an ffmpeg binary.'

const found = new Map<string, Promise<Ffmpeg>>()

/**
 * Finds ffmpeg: `MSTA_FFMPEG`, then the optional package ffmpeg-static, then `ffmpeg` on the PATH. A set
 * MSTA_FFMPEG that does not work is an error, never a silent fall-back. The answer is kept per value of the two
 * environment variables; failures are not kept, so that a remedy takes effect at once.
 * @throws MstaError ERR_FFMPEG naming all three attempts and the remedy.
 */
export function findFfmpeg(): Promise<Ffmpeg> {
  const key = `${process.env.MSTA_FFMPEG ?? ''}\0${process.env.PATH ?? ''}`
  let answer = found.get(key)
  if (answer === undefined) {
    answer = search()
    answer.catch(() => found.delete(key))
    found.set(key, answer)
  }
  return answer
}

/**
 * The option and value that make ffmpeg output each decoded frame once, whatever its timestamp.
 * `-vsync` is deprecated since 5.1 in favour of `-fps_mode`, which older versions do not know.
 */
export function passthroughArguments(version: string): string[] {
  const release = releaseNumber(version)
  return release !== undefined && release < 501 ? ['-vsync', 'passthrough'] : ['-fps_mode', 'passthrough']
}

/**
 * The options before an input of many. 5.1 reads each of several inputs in a thread of its own, and every packet costs
 * two switches between threads, a tenth of the time of small clips; later versions do so whatever one says.
 */
export function manyInputsArguments(version: string): string[] {
  return releaseNumber(version) === 501 ? ['-thread_queue_size', '0'] : []
}

/** 501 for 5.1; undefined for a build that is no release. */
function releaseNumber(version: string): number | undefined {
  const match = /^n?(\d+)\.(\d+)/.exec(version)
  return match === null ? undefined : Number(match[1]) * 100 + Number(match[2])
}

async function search(): Promise<Ffmpeg> {
  const attempts: string[] = []
  const chosen = process.env.MSTA_FFMPEG
  if (chosen) {
    const version = await readVersion(chosen)
    if (!(version instanceof Error)) return { path: chosen, version, source: 'MSTA_FFMPEG' }
    attempts.push(`MSTA_FFMPEG=${chosen}: ${version.message}`)
  } else {
    attempts.push('MSTA_FFMPEG: not set')
  }
  for (const [source, locate] of [
    ['ffmpeg-static', locateStatic],
    ['PATH', locateOnPath],
  ] as const) {
    const candidate = await locate()
    const version = candidate instanceof Error ? candidate : await readVersion(candidate)
    if (candidate instanceof Error || version instanceof Error) {
      attempts.push(`${source}: ${(version as Error).message}`)
    } else if (chosen) {
      attempts.push(`${source}: ${candidate} works, but MSTA_FFMPEG is set and goes first (unset it)`)
    } else {
      return { path: candidate, version, source }
    }
  }
  throw new MstaError('ERR_FFMPEG', `No usable ffmpeg. Tried ${attempts.join('; ')}. ${REMEDY}`, {
    file: chosen || 'ffmpeg',
  })
}

async function locateStatic(): Promise<string | Error> {
  let located: unknown
  try {
    located = createRequire(import.meta.url)('ffmpeg-static')
  } catch {
    return new Error('package not installed')
  }
  if (typeof located !== 'string' || located === '') return new Error('has no binary for this platform')
  try {
    await access(located, constants.X_OK)
    return located
  } catch {
    return new Error(`its binary ${located} is missing (its install script did not run)`)
  }
}

async function locateOnPath(): Promise<string | Error> {
  const name = process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg'
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    if (folder === '') continue
    const candidate = path.resolve(folder, name)
    try {
      await access(candidate, constants.X_OK)
      return candidate
    } catch {}
  }
  return new Error('no executable named ffmpeg')
}

function readVersion(file: string): Promise<string | Error> {
  return new Promise((resolve) => {
    execFile(file, ['-version'], { timeout: VERSION_TIMEOUT_MS, windowsHide: true }, (error, stdout) => {
      const version = /^ffmpeg version (\S+)/m.exec(stdout ?? '')?.[1]
      if (version !== undefined) resolve(version)
      else if (error)
        resolve(new Error(`cannot be run (${(error as NodeJS.ErrnoException).code ?? error.message})`))
      else resolve(new Error('runs, but is not ffmpeg (-version prints no version)'))
    })
  })
}
