import { randomBytes } from 'node:crypto'
import { mkdir, rename } from 'node:fs/promises'
import path from 'node:path'
import { listClassFolders } from '../data/folders/class-folders.js'
import { folderOfClass } from '../data/folders/class-name.js'
import { isVideoName } from '../data/video-extension.js'
import { MstaError } from '../runtime/errors.js'
import { normaliseClassName } from '../text/class-name.js'
import { probeVideo } from '../video/probe.js'

/** The classes of a folder, and how many clips each has. @throws as `listClassFolders` */
export async function countClips(folder: string): Promise<{ name: string; clips: number }[]> {
  const { classes } = await listClassFolders(folder)
  return classes.map(({ name, videos }) => ({ name, clips: videos.length }))
}

/** A clip that was received, and where it goes. */
export interface NewClip {
  /** Where it is now; on the same file system as the folder. */
  file: string
  className: string
  /** The name that it had where it comes from; of which only the extension counts. */
  originalName: string
}

/**
 * Moves a clip into its class, which is made if there is none of that name, once it is known to be a video.
 * @throws MstaError ERR_ARGUMENT for the name; ERR_VIDEO, ERR_TIMEOUT; ERR_FILE; as `listClassFolders`; the signal's
 *   reason
 */
export async function addClip(
  root: string,
  { file, className, originalName }: NewClip,
  signal: AbortSignal,
): Promise<{ className: string; name: string }> {
  const wanted = folderOfClass(className)
  await probeVideo(file, { signal })
  const { classes } = await listClassFolders(root, signal)
  const key = normaliseClassName(wanted)
  const existing = classes.find((each) => normaliseClassName(each.name) === key)
  const folder = existing?.folder ?? wanted
  const name = `clip-${stamp()}-${randomBytes(3).toString('hex')}${extensionOf(originalName)}`
  const target = path.join(root, folder, name)
  try {
    await mkdir(path.dirname(target), { recursive: true })
    await rename(file, target)
  } catch (cause) {
    const message = `${target}: cannot be written (${(cause as Error).message}). Check the folder's permissions.`
    throw new MstaError('ERR_FILE', message, { file: target, cause })
  }
  return { className: existing?.name ?? folder, name }
}

const stamp = (): string => new Date().toISOString().replace(/[-:]/g, '').replace(/\..*/, '')

/** Whatever it is called: ffmpeg knows a video by its content. */
function extensionOf(name: string): string {
  const extension = path.extname(name).toLowerCase()
  return isVideoName(`clip${extension}`) ? extension : '.mp4'
}
