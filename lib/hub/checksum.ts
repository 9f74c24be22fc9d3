import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/** A file of a repository, as the hub lists it. */
export interface HubFile {
  name: string
  bytes: number
  /** SHA-256 of the contents (LFS), or git's SHA-1 of them; hex. Names the file in the cache. */
  etag: string
}

/** A hash of contents yet to come whose digest is the file's etag when they are right. */
export function startChecksum({ etag, bytes }: HubFile): Hash {
  return etag.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${bytes}\0`)
}

/** Adds what a file holds to a hash, up to `bytes`. */
export async function addFile(hash: Hash, path: string, bytes: number, signal: AbortSignal): Promise<void> {
  if (bytes === 0) return
  for await (const chunk of createReadStream(path, { end: bytes - 1, signal })) hash.update(chunk)
}

/** Whether a file on the disk holds what its etag says. @throws the file system's errors; the signal's reason */
export async function isIntact(path: string, file: HubFile, signal: AbortSignal): Promise<boolean> {
  const hash = startChecksum(file)
  for await (const chunk of createReadStream(path, { signal })) hash.update(chunk)
  return hash.digest('hex') === file.etag
}
