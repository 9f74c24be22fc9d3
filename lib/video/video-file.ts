import { stat } from 'node:fs/promises'
import { MstaError } from '../runtime/errors.js'
import { findInTar } from './tar-file.js'

/** Where the bytes of a video lie: a whole file, or a part of a tar archive. */
export interface VideoBytes {
  /** The file that is on the disk. */
  file: string
  start: number
  /** In bytes, more than 0. */
  length: number
  isPart: boolean
}

/**
 * Makes sure that `file` names an existing, regular, non-empty file, or such a member of a tar archive
 * (`shard.tar/name.mp4`), before ffmpeg is started on it: a pipe or a device could keep ffmpeg waiting for ever.
 * @throws MstaError ERR_ARGUMENT (not a usable name), ERR_FILE (missing, unreadable, not a file), ERR_VIDEO (empty).
 */
export async function findVideoFile(file: string): Promise<VideoBytes> {
  if (typeof file !== 'string' || file === '' || file.includes('\0')) {
    throw new MstaError('ERR_ARGUMENT', `A video must be given as a file name, not ${JSON.stringify(file)}.`)
  }
  const bytes = await findBytes(file)
  if (bytes.length === 0) {
    throw new MstaError('ERR_VIDEO', `${file} is empty (0 bytes). Download or copy it again.`, { file })
  }
  return bytes
}

async function findBytes(file: string): Promise<VideoBytes> {
  try {
    const info = await stat(file)
    if (info.isFile()) return { file, start: 0, length: info.size, isPart: false }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR'
    const member = isMissing ? await findInTar(file) : undefined
    if (member) return { file: member.archive, start: member.start, length: member.length, isPart: true }
    const what = isMissing ? 'does not exist' : `cannot be read (${code})`
    throw new MstaError('ERR_FILE', `${file} ${what}. Check the path.`, { file, cause: error })
  }
  throw new MstaError('ERR_FILE', `${file} is not a regular file. Give the path of a video file.`, { file })
}

/** Whether there is such a file, folder, or member of a tar archive. */
export async function existsAsVideo(file: string): Promise<boolean> {
  const info = await stat(file).catch(() => undefined)
  if (info !== undefined) return info.isFile() || info.isDirectory()
  return (await findInTar(file).catch(() => undefined)) !== undefined
}
