import { mkdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { MstaError } from '../runtime/errors.js'

/** Makes a folder, and those above it, where there is none. @throws MstaError ERR_FILE */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder)
  } catch (cause) {
    const message = `${folder}: cannot make the folder (${(cause as Error).message}). Check the path.`
    throw new MstaError('ERR_FILE', message, { file: folder, cause })
  }
}

/**
 * {@link makeFolder} with the file system's own error. Level by level: the recursive `mkdir` of Node never returns below
 * /proc, where making a folder fails as if the one above were missing.
 */
export async function makeFolders(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (await isFolder(folder)) return
    const parent = path.dirname(path.resolve(folder))
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    if (!(await isFolder(parent))) await makeFolders(parent)
    // Others may have made it, or the one above it, meanwhile.
    await mkdir(folder).catch(async (again) => {
      if (!(await isFolder(folder))) throw again
    })
  }
}

const isFolder = (name: string): Promise<boolean> =>
  stat(name).then(
    (info) => info.isDirectory(),
    () => false,
  )
