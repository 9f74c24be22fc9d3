import { type FileHandle, open } from 'node:fs/promises'
import { findVideoFile } from '../video-file.js'
import { countAviFrames } from './avi.js'
import { countMatroskaFrames } from './matroska.js'
import { countMp4Frames } from './mp4.js'
import { type ReadAt, readerOf } from './read-at.js'

/**
 * A guess of how many frames the main video stream of `file` decodes to, from the index of an MP4/MOV/3GP, AVI or
 * Matroska/WebM container, in about a millisecond and without ffmpeg. It is only ever used as a guess (the decoder's
 * own count has the last word), so damaged, hostile and unknown files simply give `undefined`: it never throws.
 */
export async function hintFrameCount(file: string): Promise<number | undefined> {
  let handle: FileHandle | undefined
  try {
    const bytes = await findVideoFile(file)
    handle = await open(bytes.file, 'r')
    const readAt = readerOf(handle, bytes.start, bytes.length)
    const count = await counterFor(await readAt(0, 12))?.(readAt, bytes.length)
    return count !== undefined && Number.isSafeInteger(count) && count > 0 ? count : undefined
  } catch {
    return undefined
  } finally {
    await handle?.close().catch(() => {})
  }
}

type Counter = (readAt: ReadAt, size: number) => Promise<number | undefined>

function counterFor(start: Buffer): Counter | undefined {
  if (start.length < 12) return undefined
  if (start.readUInt32BE(0) === 0x1a45dfa3) return countMatroskaFrames
  if (start.toString('latin1', 0, 4) === 'RIFF' && start.toString('latin1', 8, 12) === 'AVI ')
    return countAviFrames
  if (/^(ftyp|moov|mdat|free|skip|wide|styp)$/.test(start.toString('latin1', 4, 8))) return countMp4Frames
  return undefined
}
