import { randomBytes } from 'node:crypto'
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { MstaError } from '../runtime/errors.js'

/** How the names of temporary files end; they begin with a dot. */
export const TEMPORARY = '.tmp'

async function syncFolder(folder: string): Promise<void> {
  // Makes the rename durable; some file systems refuse to open folders, and then there is nothing to do.
  const handle = await open(folder, 'r').catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

/** Options of {@link replaceFile}. */
export interface ReplaceOptions {
  signal?: AbortSignal | undefined
  /** Wait until the disk has it, so that it outlasts a crash of the system. Default true. */
  durable?: boolean | undefined
}

/**
 * Writes a file by way of a temporary one beside it, which then takes its place: `file` is either the old one or the
 * whole new one, whatever happens meanwhile.
 * @throws MstaError ERR_FILE when writing fails; what `write` threw as an MstaError, or after the signal's abort
 */
export async function replaceFile(
  file: string,
  write: (handle: FileHandle) => Promise<void>,
  { signal, durable = true }: ReplaceOptions = {},
): Promise<void> {
  const folder = path.dirname(file)
  const temporary = path.join(
    folder,
    `.${path.basename(file)}.${process.pid}.${randomBytes(4).toString('hex')}${TEMPORARY}`,
  )
  let handle: FileHandle | undefined
  try {
    handle = await open(temporary, 'wx')
    await write(handle)
    if (durable) await handle.sync()
    await handle.close()
    handle = undefined
    await rename(temporary, file)
  } catch (cause) {
    await handle?.close().catch(() => undefined)
    await rm(temporary, { force: true }).catch(() => undefined)
    if (cause instanceof MstaError || signal?.aborted) throw cause
    const remedy = 'Check the folder, its permissions and the free space.'
    const message = `${file}: cannot write the file (${(cause as Error).message}). ${remedy}`
    throw new MstaError('ERR_FILE', message, { file, cause })
  }
  if (durable) await syncFolder(folder)
}

const LEFTOVER = /^\..+\.(\d+)\.[0-9a-f]{8}\.tmp$/

/** Removes what {@link replaceFile} left in a folder when its process was killed; that of living ones stays. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = Number(LEFTOVER.exec(name)?.[1])
    if (pid > 0 && !isAlive(pid)) await rm(path.join(folder, name), { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
