import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { listPictures } from '../../video/frame-folder.js'
import { findVideoFile } from '../../video/video-file.js'

/** Bytes of a file, or of all pictures of a frame folder; null for what cannot be looked at. */
export async function contentSize(file: string): Promise<number | null> {
  try {
    let bytes = 0
    for (const part of (await listPictures(file)) ?? [file]) bytes += (await findVideoFile(part)).length
    return bytes
  } catch {
    return null
  }
}

/**
 * SHA-256 of a file's bytes, or of those of all pictures of a frame folder in order, hex; null for what cannot be
 * read. @throws the signal's reason on abort.
 */
export async function contentHash(file: string, signal?: AbortSignal): Promise<string | null> {
  const hash = createHash('sha256')
  try {
    for (const part of (await listPictures(file)) ?? [file]) {
      const { file: whole, start, length } = await findVideoFile(part)
      const stream = createReadStream(whole, { start, end: start + length - 1, signal })
      for await (const bytes of stream) hash.update(bytes)
    }
    return hash.digest('hex')
  } catch {
    signal?.throwIfAborted()
    return null
  }
}
