import type { FileHandle } from 'node:fs/promises'

/** Reads `length` bytes at `position`, fewer at the end of the file. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>

/** Reads from the `size` bytes of an open file that begin at `start`. */
export function readerOf(handle: FileHandle, start: number, size: number): ReadAt {
  return async (position, length) => {
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - position)))
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start + position)
    return buffer.subarray(0, bytesRead)
  }
}

/** Reads through a window of `windowBytes`, so that what is close together costs one read. @throws RangeError for more. */
export function windowed(readAt: ReadAt, windowBytes: number): ReadAt {
  let window: Buffer = Buffer.alloc(0)
  let windowStart = 0
  return async (position, length) => {
    if (length > windowBytes) throw new RangeError('an element that should be small is not')
    if (position < windowStart || position + length > windowStart + window.length) {
      windowStart = position
      window = await readAt(position, windowBytes)
    }
    return window.subarray(position - windowStart, position - windowStart + length)
  }
}
