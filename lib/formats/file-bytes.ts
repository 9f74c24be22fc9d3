import { type FileHandle, open, stat } from 'node:fs/promises'
import { MstaError } from '../runtime/errors.js'

// One read of the file system takes less than 2 GiB.
const CHUNK = 1 << 28

function fileError(file: string, cause: unknown): MstaError {
  const reason = (cause as Error).message
  const message = `${file}: cannot read the file (${reason}). Check the path.`
  return new MstaError('ERR_FILE', message, { file, cause })
}

/**
 * Opens a regular file for as long as `use` runs. `size` is in bytes.
 * @throws MstaError ERR_FILE for whatever `use` throws that is no MstaError; the signal's reason once it has aborted
 */
export async function withFile<T>(
  file: string,
  use: (handle: FileHandle, size: number) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  let handle: FileHandle | undefined
  try {
    signal?.throwIfAborted()
    // Before opening: opening a pipe would wait for a writer.
    if (!(await stat(file)).isFile()) throw new Error('not a regular file')
    handle = await open(file, 'r')
    return await use(handle, (await handle.stat()).size)
  } catch (cause) {
    if (cause instanceof MstaError || signal?.aborted) throw cause
    throw fileError(file, cause)
  } finally {
    await handle?.close()
  }
}

/** Reads `length` bytes at `offset`; fewer are an error that names `what`. */
export async function readBytes(
  handle: FileHandle,
  offset: number,
  length: number,
  what: string,
): Promise<ArrayBuffer> {
  const buffer = new ArrayBuffer(length)
  let done = 0
  while (done < length) {
    const view = new Uint8Array(buffer, done, Math.min(CHUNK, length - done))
    const { bytesRead } = await handle.read(view, 0, view.length, offset + done)
    if (bytesRead === 0) throw new Error(`ended while reading ${what}; it changed meanwhile`)
    done += bytesRead
  }
  return buffer
}
