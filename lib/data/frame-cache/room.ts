import { readdir, rm, stat, utimes } from 'node:fs/promises'
import path from 'node:path'

/** Of the limit, written by this process between two looks at what others have written: so far they may exceed it. */
const LOOK_EVERY = 1 / 20

interface Entry {
  file: string
  bytes: number
  /** When it was last read or written, in milliseconds. */
  readAt: number
}

/**
 * The room that a cache's entries may take. When it is full, those make place that were not read for longest; but none
 * that anybody has read or written since this process began. Otherwise a data set larger than the limit would push its
 * own entries out, epoch after epoch, before they are read again, and two runs each other's. A file's time of change
 * says when it was read: systems do not keep that of access.
 */
export class CacheRoom {
  /** Entries removed. */
  removed = 0
  private taken = 0
  /** Files that are being written, with their bytes: a look finds them or does not. */
  private readonly pending = new Map<string, number>()
  private unseen = Number.POSITIVE_INFINITY
  private turn: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly folder: string,
    private readonly limit: number,
  ) {}

  /** Notes that an entry was read. */
  async touch(file: string): Promise<void> {
    const now = new Date()
    // Who may only read the cache leaves it as it is.
    await utimes(file, now, now).catch(() => {})
  }

  /**
   * Takes room for an entry to be written.
   * @returns undefined when there is none; else what to call when it is written, or is not going to be
   * @throws errors of the file system
   */
  take(file: string, bytes: number): Promise<(() => void) | undefined> {
    const result = this.turn.then(() => this.takeNow(file, bytes))
    this.turn = result.catch(() => {})
    return result
  }

  private async takeNow(file: string, bytes: number): Promise<(() => void) | undefined> {
    const fits = () => this.taken + bytes <= this.limit
    if (!fits() || this.unseen + bytes > this.limit * LOOK_EVERY) await this.makePlace(bytes)
    if (!fits()) return undefined
    this.taken += bytes
    this.unseen += bytes
    this.pending.set(file, bytes)
    return () => this.pending.delete(file)
  }

  private async makePlace(bytes: number): Promise<void> {
    const pending = new Map(this.pending)
    const entries = await this.entries()
    this.taken = 0
    for (const { file, bytes: size } of entries) {
      this.taken += size
      pending.delete(file)
    }
    for (const size of pending.values()) this.taken += size
    this.unseen = 0
    if (this.taken + bytes <= this.limit) return
    const idle = entries.filter(({ readAt }) => readAt < performance.timeOrigin)
    idle.sort((a, b) => a.readAt - b.readAt)
    // Somewhat more than is needed now, or the next entry would begin anew.
    const target = this.limit * (1 - LOOK_EVERY) - bytes
    for (const { file, bytes: freed } of idle) {
      if (this.taken <= target) break
      await rm(file, { force: true })
      this.taken -= freed
      this.removed++
    }
  }

  private async entries(): Promise<Entry[]> {
    const found: Entry[] = []
    for (const name of await readdir(this.folder, { recursive: true }).catch(() => [])) {
      if (!/^[0-9a-f]{2}.[0-9a-f]{62}\.safetensors$/.test(name)) continue
      const file = path.join(this.folder, name)
      // Another process may have removed it meanwhile.
      const info = await stat(file).catch(() => undefined)
      if (info) found.push({ file, bytes: info.size, readAt: info.mtimeMs })
    }
    return found
  }
}
