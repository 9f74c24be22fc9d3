import { stat } from 'node:fs/promises'
import { decodeMany } from '../../video/decode-many.js'
import { type DecodeOptions, SoundAlone } from '../../video/decode-pass.js'
import { probeVideo } from '../../video/probe.js'
import { isAboutVideo } from '../bad-video.js'
import type { DatasetProblemKind } from './report.js'

/** What is the matter with an entry, in words. */
export type Finding = { kind: DatasetProblemKind; message: string }
/** What decoding a file found: its frames, or what is wrong. */
export type Probe = { frameCount: number } | Finding

type Pool = <T>(task: () => Promise<T>) => Promise<T>

interface ProbeOptions extends DecodeOptions {
  concurrency?: number
  onProgress?: (progress: { done: number; total: number }) => void
}

/**
 * Decodes the whole of each file: videos many at a time, and folders of pictures one by one, because all pictures of
 * those are to be seen.
 * @param pool runs a task when it is its turn. @throws MstaError ERR_FFMPEG; the signal's reason on abort.
 */
export async function probeAll(
  files: readonly string[],
  pool: Pool,
  options: ProbeOptions,
): Promise<Map<string, Probe>> {
  const isFolder = await Promise.all(files.map((file) => pool(() => isDirectory(file))))
  const videos = files.filter((_, i) => !isFolder[i])
  const probes = new Map<string, Probe>()
  const add = (file: string, probe: Probe) => {
    probes.set(file, probe)
    options.onProgress?.({ done: probes.size, total: files.length })
  }
  const jobs = videos.map((path) => ({ path, select: () => [0] }))
  for await (const result of decodeMany(jobs, options)) {
    const probe = result.ok ? { frameCount: result.clip.frameCount } : toFinding(result.error)
    add(videos[result.index]!, probe)
    options.signal?.throwIfAborted()
  }
  const folders = files.filter((_, i) => isFolder[i])
  await probeFolders(folders, pool, options, add)
  return probes
}

async function probeFolders(
  folders: readonly string[],
  pool: Pool,
  options: DecodeOptions,
  add: (folder: string, probe: Probe) => void,
): Promise<void> {
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  const probe = async (folder: string) => {
    signal.throwIfAborted()
    add(folder, await probeFolder(folder, { ...options, signal }))
  }
  const tasks = folders.map((folder) => pool(() => probe(folder)))
  try {
    await Promise.all(tasks)
  } finally {
    stop.abort()
    // Nothing may still run when this call has failed.
    await Promise.allSettled(tasks)
  }
}

async function probeFolder(folder: string, options: DecodeOptions): Promise<Probe> {
  try {
    const { frameCount } = await probeVideo(folder, options)
    return { frameCount }
  } catch (error) {
    options.signal?.throwIfAborted()
    return toFinding(error)
  }
}

/** @throws `error`, if it is not about one video */
function toFinding(error: unknown): Finding {
  if (!isAboutVideo(error)) throw error
  return { kind: error instanceof SoundAlone ? 'audio-only' : 'undecodable', message: error.message }
}

const isDirectory = (file: string): Promise<boolean> =>
  stat(file).then(
    (info) => info.isDirectory(),
    () => false,
  )
