import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { listPictures } from '../../video/frame-folder.js'
import { findVideoFile } from '../../video/video-file.js'
import { contentHash } from '../check/fingerprint.js'

/** A file that changed so recently, in milliseconds, may change again without a change of its times. */
const FRESH_MS = 2000

/** What a file, a member of an archive, or the pictures of a folder, look like without being read. */
interface Stamp {
  /** Of all places, sizes and times. */
  text: string
  /** Of each part, in bytes. */
  sizes: string
  kind: string
  isFresh: boolean
}

async function stampOf(file: string): Promise<Stamp> {
  const parts = (await listPictures(file)) ?? [file]
  const places = await Promise.all(parts.map(findVideoFile))
  const stats = await Promise.all(places.map((place) => stat(place.file, { bigint: true })))
  const text = stats
    .map((s, i) => [s.dev, s.ino, s.size, s.mtimeNs, s.ctimeNs, places[i]!.start, places[i]!.length].join())
    .join(';')
  return {
    text: createHash('sha256').update(text).digest('base64'),
    sizes: places.map(({ length }) => length).join(),
    kind: path.extname(parts[0] ?? '').toLowerCase(),
    isFresh: stats.some(({ ctimeMs }) => Date.now() - Number(ctimeMs) < FRESH_MS),
  }
}

/**
 * Tells videos apart by what is in them: SHA-256 of all their bytes, their sizes, and the ending of their name, by which
 * ffmpeg may choose how to read them. A file is read once; as long as its place (device and inode), size, mtime and
 * ctime stay what they were, which costs a stat, it is the same. The ctime cannot be set, so that no copying tool that
 * keeps times hides a change; one within the last seconds proves nothing, for times tick coarsely.
 */
export class VideoIdentities {
  private readonly known = new Map<string, { stamp: string; identity: string }>()

  /** The identity of a file or folder of frames; undefined for what cannot be read, or changes meanwhile. */
  async of(file: string, signal?: AbortSignal): Promise<string | undefined> {
    try {
      const stamp = await stampOf(file)
      const known = this.known.get(file)
      if (known?.stamp === stamp.text) return known.identity
      const content = await contentHash(file, signal)
      if (content === null || (await stampOf(file)).text !== stamp.text) return undefined
      const identity = [content, stamp.sizes, stamp.kind].join(' ')
      const digest = createHash('sha256').update(identity).digest('hex')
      if (!stamp.isFresh) this.known.set(file, { stamp: stamp.text, identity: digest })
      return digest
    } catch {
      signal?.throwIfAborted()
      return undefined
    }
  }
}
