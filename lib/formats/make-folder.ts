import { mkdir } from 'node:fs/promises'
import { MstaError } from '../runtime/errors.js'

/** Makes a folder, and those above it, where there is none. @throws MstaError ERR_FILE */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
  } catch (cause) {
    const message = `${folder}: cannot make the folder (${(cause as Error).message}). Check the path.`
    throw new MstaError('ERR_FILE', message, { file: folder, cause })
  }
}
