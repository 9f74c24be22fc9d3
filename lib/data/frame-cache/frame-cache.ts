import { createHash } from 'node:crypto'
import { readdir, rm, stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import { makeFolders } from '../../formats/make-folder.js'
import { TEMPORARY } from '../../formats/replace-file.js'
import { type DecodedFrames, planFrames } from '../../video/decode.js'
import type { DecodeJob } from '../../video/decode-batch.js'
import { ENTRY_VERSION, readEntry, writeEntry } from './entry.js'
import { VideoIdentities } from './identity.js'
import { type CacheFramesOptions, type KeepPlan, keepPlan, type ViewPlan } from './plan.js'
import { CacheRoom } from './room.js'
import { shrinkPictures } from './shrink.js'

/** What a frame cache has done. */
export interface FrameCacheStats {
  /** Clips read from it. */
  hits: number
  /** Clips that had to be decoded. */
  misses: number
  /** Entries written. */
  written: number
  /** Bytes of the frames in them. */
  bytesWritten: number
  /** Entries of others removed, to make place. */
  removed: number
  /** Why nothing is written any more; null as long as it is. */
  problem: string | null
}

/** What was found of a job's frames. */
export interface Found {
  /** Where they belong; undefined for a video without an identity, whose frames are never kept. */
  entry: { key: string; identity: string } | undefined
  clip: DecodedFrames | undefined
}

const KEEP_FREE = 2 ** 30
/** Nobody takes that long, in milliseconds, to write an entry. */
const ABANDONED_AFTER = 3_600_000

/**
 * Decoded frames of videos on disk, so that training need not decode a video in every epoch.
 *
 * - **An entry** is a safetensors file of uint8 frames [n, height, width, 3] named by its key, SHA-256 of everything
 *   that decides its pixels: the video's identity, ffmpeg's version, which frames are kept, the short side, the version
 *   of the format. A changed video has another key, and so never gives old frames; what nobody asks for any more stays
 *   until somebody deletes it, or a limit is met ({@link CacheRoom}). The identity is that of the content ({@link VideoIdentities}): moved and copied videos
 *   keep their entries, and every run reads each video once to know it, a millisecond or two a megabyte. (Names, sizes
 *   and times alone would be cheaper, and wrong for a file that is changed in place and dated back.)
 * - **Random views** (training with augmentation): of a video n frames are kept, spread evenly over it, shrunk to the
 *   short side, never enlarged. A clip's frames are drawn among those as they would be among all frames of the video;
 *   their numbers are those in the video. A video of no more than n frames that is not larger gives the same clips as
 *   without a cache; any other the same ones whether its entry was there or not, so that runs repeat and resume.
 * - **Fixed views** (tests, training without augmentation): exactly the frames that the views name, at the short side to
 *   which their transform begins by resizing them. What is computed of them is the same to the bit.
 * - **Reading** is by position, only the frames of the clip, each against its digest. Nothing is mapped: a mapped file
 *   that somebody cuts short ends the process by SIGBUS, and to copy 2 MB out of the page cache takes a millisecond.
 *   An entry that is missing, damaged or cut short is a miss: the video is decoded, the entry written anew.
 * - **Writing** is to a temporary file that takes the entry's place whole: processes that write the same one at the same
 *   time write the same bytes, and the last one stays. What killed ones leave is removed after an hour. On the first
 *   failure (no permission, a full disk; `keepFree` bytes are left to others) it ends, with one warning, and the run
 *   goes on without.
 */
export class FrameCache {
  readonly stats: FrameCacheStats = {
    hits: 0,
    misses: 0,
    written: 0,
    bytesWritten: 0,
    removed: 0,
    problem: null,
  }
  readonly plan: KeepPlan
  private readonly folder: string
  private readonly identities = new VideoIdentities()
  private readonly tidied = new Set<string>()
  private readonly room: CacheRoom | undefined

  /** @throws MstaError ERR_ARGUMENT */
  constructor(
    views: ViewPlan,
    private readonly options: CacheFramesOptions,
  ) {
    this.plan = keepPlan(views, options)
    this.folder = path.resolve(options.folder)
    if (options.limitBytes !== undefined) this.room = new CacheRoom(this.folder, options.limitBytes)
  }

  /** Looks a job's clip up. @param ffmpeg version of the one that would decode it. @throws the signal's reason. */
  async find(job: DecodeJob, ffmpeg: string, signal?: AbortSignal): Promise<Found> {
    const identity = await this.identities.of(job.path, signal)
    if (identity === undefined) return { entry: undefined, clip: undefined }
    const { rule, shortSide } = this.plan
    const key = createHash('sha256')
      .update(JSON.stringify([ENTRY_VERSION, identity, ffmpeg, rule, shortSide]))
      .digest('hex')
    const file = this.fileOf(key)
    const clip = await readEntry(file, key, (count) => this.positions(job, count))
    if (clip) {
      this.stats.hits++
      await this.room?.touch(file)
    }
    return { entry: { key, identity }, clip }
  }

  /** The frames to decode for a job whose clip was not found. */
  jobFor(job: DecodeJob): DecodeJob {
    return { ...job, select: this.plan.keep ?? job.select }
  }

  /**
   * Keeps what was decoded by {@link jobFor}, as far as that is possible, and makes the clip of it.
   * @throws MstaError ERR_ARGUMENT for a selector that gives no frames; the signal's reason.
   */
  async keep(
    job: DecodeJob,
    entry: Found['entry'],
    decoded: DecodedFrames,
    signal?: AbortSignal,
  ): Promise<DecodedFrames> {
    this.stats.misses++
    const kept = { ...decoded, ...(await shrinkPictures(decoded, this.plan.shortSide, signal)) }
    // The file that was decoded must be the one whose identity is in the key.
    if (entry && !this.stats.problem && (await this.identities.of(job.path, signal)) === entry.identity)
      await this.write(entry.key, kept, signal)
    return this.plan.keep ? takeFrames(kept, this.positions(job, kept.indices.length)) : kept
  }

  /** Of a clip's frames among the `count` that are kept. */
  private positions(job: DecodeJob, count: number): number[] {
    if (!this.plan.keep) return Array.from({ length: count }, (_, i) => i)
    return planFrames(job.path, job.select, count).indices
  }

  private fileOf(key: string): string {
    return path.join(this.folder, key.slice(0, 2), `${key.slice(2)}.safetensors`)
  }

  private async write(key: string, clip: DecodedFrames, signal: AbortSignal | undefined): Promise<void> {
    const file = this.fileOf(key)
    const folder = path.dirname(file)
    try {
      await makeFolders(folder)
      if (!this.tidied.has(folder)) await tidy(folder)
      this.tidied.add(folder)
      const { bavail, bsize } = await statfs(folder)
      if (bavail * bsize < clip.frames.length + (this.options.keepFree ?? KEEP_FREE))
        throw new Error('the disk is full but for what shall stay free')
      const release = await this.takeRoom(file, clip.frames.length)
      await writeEntry(file, key, clip, signal).finally(release)
      this.stats.written++
      this.stats.bytesWritten += clip.frames.length
    } catch (error) {
      signal?.throwIfAborted()
      this.giveUp((error as Error).message)
    }
  }

  private async takeRoom(file: string, bytes: number): Promise<() => void> {
    if (!this.room) return () => {}
    const release = await this.room.take(file, bytes)
    this.stats.removed = this.room.removed
    if (release) return release
    throw new Error(`entries in use take the limit of ${this.options.limitBytes} bytes`)
  }

  private giveUp(reason: string): void {
    if (this.stats.problem) return
    this.stats.problem = `${this.folder}: no more frames are kept (${reason}). The run goes on without.`
    const warn = this.options.onWarning ?? ((message: string) => process.emitWarning(message))
    warn(this.stats.problem)
  }
}

function takeFrames(clip: DecodedFrames, positions: readonly number[]): DecodedFrames {
  const frameBytes = clip.width * clip.height * 3
  const frames = new Uint8Array(positions.length * frameBytes)
  for (const [i, position] of positions.entries())
    frames.set(clip.frames.subarray(position * frameBytes, (position + 1) * frameBytes), i * frameBytes)
  return { ...clip, frames, indices: positions.map((position) => clip.indices[position]!) }
}

/** Takes out of a folder what killed processes left unfinished. */
async function tidy(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith('.') || !name.endsWith(TEMPORARY)) continue
    const file = path.join(folder, name)
    const info = await stat(file).catch(() => undefined)
    if (info && Date.now() - info.mtimeMs > ABANDONED_AFTER) await rm(file, { force: true })
  }
}
