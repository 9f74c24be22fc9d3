/**
 * Files on their way into the cache. Each belongs to one process, whose number its name bears, so that no two write to
 * the same one; what a process left behind the next one takes over, by renaming it.
 */
import { createHash, randomBytes } from 'node:crypto'
import { open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'

/** A file on its way. */
export interface PartialFile {
  path: string
  bytes: number
}

const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
const NAME = /^([0-9a-f]+)\.(\d{13})-(\d+)-([0-9a-f]{8})-[0-9a-f]{8}\.incomplete$/
const NOBODY = 0
const TOUCH_EVERY_MS = 5_000
/** Of another machine one knows only whether it still writes. */
const SILENCE_MS = 60_000

function nameFor(etag: string, pid: number): string {
  return `${etag}.${Date.now()}-${pid}-${HOST}-${randomBytes(4).toString('hex')}.incomplete`
}

/** Those of one blob, the first begun first; `isHeld` tells whether a process that lives writes to it. */
async function list(folder: string, etag: string): Promise<(PartialFile & { isHeld: boolean })[]> {
  const found: (PartialFile & { isHeld: boolean })[] = []
  for (const name of (await readdir(folder)).sort()) {
    const [, blob, , pid, host] = NAME.exec(name) ?? []
    if (blob !== etag) continue
    const file = path.join(folder, name)
    const info = await stat(file).catch(() => undefined)
    if (!info) continue
    const isSilent = Date.now() - info.mtimeMs > SILENCE_MS
    found.push({ path: file, bytes: info.size, isHeld: !isSilent && isAlive(Number(pid), host!) })
  }
  return found
}

function isAlive(pid: number, host: string): boolean {
  if (pid === NOBODY) return false
  if (host !== HOST) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** What another process has of a blob that it is downloading; undefined where none is. */
export async function othersPartial(folder: string, etag: string): Promise<PartialFile | undefined> {
  return (await list(folder, etag)).find(({ isHeld }) => isHeld)
}

/**
 * A partial file of one's own: what was left behind, else a new one. Undefined when another process was faster; see
 * {@link othersPartial}.
 */
export async function ownPartial(folder: string, etag: string): Promise<PartialFile | undefined> {
  const known = await list(folder, etag)
  if (known.some(({ isHeld }) => isHeld)) return undefined
  const mine = path.join(folder, nameFor(etag, process.pid))
  const [largest] = known.sort((a, b) => b.bytes - a.bytes)
  if (largest) {
    try {
      await touch(largest.path)
      await rename(largest.path, mine)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    return { path: mine, bytes: largest.bytes }
  }
  await (await open(mine, 'wx')).close()
  // Of processes that began at once, the first in the list goes on.
  const first = await othersPartial(folder, etag)
  if (first === undefined || first.path === mine) return { path: mine, bytes: 0 }
  await rm(mine, { force: true })
  return undefined
}

/** Bytes of a blob that somebody left, for the next one to go on with. */
export async function bytesLeft(folder: string, etag: string): Promise<number> {
  return Math.max(0, ...(await list(folder, etag)).map(({ bytes }) => bytes))
}

/** Leaves a partial file to whoever comes next. */
export async function leave(partial: string, etag: string): Promise<void> {
  await rename(partial, path.join(path.dirname(partial), nameFor(etag, NOBODY))).catch(() => undefined)
}

/** Removes what was left of a blob that is there by now. */
export async function removeLeft(folder: string, etag: string): Promise<void> {
  for (const { path: file, isHeld } of await list(folder, etag)) if (!isHeld) await rm(file, { force: true })
}

/** Keeps showing that somebody still writes to a partial file, also while the hub is silent. Ends with the result. */
export function keepTouching(partial: string): () => void {
  const timer = setInterval(() => void touch(partial), TOUCH_EVERY_MS)
  return () => clearInterval(timer)
}

async function touch(file: string): Promise<void> {
  const now = new Date()
  await utimes(file, now, now).catch(() => undefined)
}
