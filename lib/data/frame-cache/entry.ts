import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { writeSafetensors } from '../../formats/safetensors.js'
import { PREFIX_BYTES, parseHeader, parseHeaderLength } from '../../formats/safetensors-header.js'
import type { DecodedFrames } from '../../video/decode.js'

/** Of the whole format: what an entry holds, how its frames were made, what its key is made of. */
export const ENTRY_VERSION = 1

/** What an entry tells of its frames: the JSON in the file's metadata. */
interface Description {
  key: string
  /** [frames, height, width, 3] */
  shape: number[]
  /** Number of each frame in the video. */
  indices: number[]
  /** Frames of the video. */
  frameCount: number
  /** {@link digest} of each frame. */
  digests: string[]
}

const TENSOR = 'frames'
/** Takes in the header of any entry but those of very many frames. */
const FIRST_READ = 16 * 1024

/** 64 bits of SHA-256: enough against damage. */
const digest = (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex').slice(0, 16)

/**
 * Writes an entry, atomically. Nobody waits for the disk: what a crash of the system leaves is checked when read.
 * @throws MstaError ERR_FILE; the signal's reason on abort.
 */
export async function writeEntry(
  file: string,
  key: string,
  { frames, indices, frameCount, width, height }: DecodedFrames,
  signal?: AbortSignal,
): Promise<void> {
  const shape = [indices.length, height, width, 3]
  const digests: string[] = []
  for (const i of indices.keys()) {
    digests.push(digest(frameOf(frames, i, height * width * 3)))
    // A turn for the event loop: a large frame takes a millisecond.
    await setImmediate()
  }
  const description: Description = { key, shape, indices, frameCount, digests }
  const text = JSON.stringify(description)
  const metadata = { format: 'msta-native frames', description: text, digest: digest(text) }
  const tensors = { [TENSOR]: { dtype: 'U8', shape, data: frames } } as const
  await writeSafetensors(file, tensors, metadata, { durable: false, signal })
}

/**
 * Some frames of an entry.
 * @param pick their positions among the `count` frames that the entry holds
 * @returns undefined where there is no such entry, or a part of it that is asked for is damaged
 */
export async function readEntry(
  file: string,
  key: string,
  pick: (count: number) => readonly number[],
): Promise<DecodedFrames | undefined> {
  let handle: FileHandle | undefined
  try {
    handle = await open(file, 'r')
    const header = await readDescription(handle, file)
    if (header?.description.key !== key) return undefined
    return await readFrames(handle, header, pick)
  } catch {
    // Whatever is wrong with the entry, its frames can be had from the video.
    return undefined
  } finally {
    await handle?.close().catch(() => {})
  }
}

interface Header {
  description: Description
  /** Of the first frame, in bytes. */
  offset: number
}

async function readDescription(handle: FileHandle, file: string): Promise<Header | undefined> {
  const [{ size }, start] = await Promise.all([handle.stat(), readAt(handle, 0, FIRST_READ)])
  const length = parseHeaderLength(file, start.subarray(0, PREFIX_BYTES), size)
  const end = PREFIX_BYTES + length
  const bytes = end <= start.length ? start : await readAt(handle, 0, end)
  // Also makes sure that the file is as long as it should be.
  const { tensors, metadata } = await parseHeader(file, bytes.subarray(PREFIX_BYTES, end), size)
  const entry = tensors.get(TENSOR)
  const text = metadata.description ?? ''
  if (!entry || digest(text) !== metadata.digest) return undefined
  const description = JSON.parse(text) as Description
  return entry.shape.join() === description.shape.join() ? { description, offset: entry.offset } : undefined
}

async function readFrames(
  handle: FileHandle,
  { description, offset }: Header,
  pick: (count: number) => readonly number[],
): Promise<DecodedFrames | undefined> {
  const { shape, indices, frameCount, digests } = description
  const [, height, width] = shape as [number, number, number]
  const positions = pick(indices.length)
  const frameBytes = height * width * 3
  const frames = new Uint8Array(positions.length * frameBytes)
  const read = async (position: number, i: number) => {
    const frame = frameOf(frames, i, frameBytes)
    const { bytesRead } = await handle.read(frame, 0, frameBytes, offset + position * frameBytes)
    return bytesRead === frameBytes && digest(frame) === digests[position]
  }
  const isWhole = (await Promise.all(positions.map(read))).every(Boolean)
  if (!isWhole) return undefined
  return { frames, indices: positions.map((position) => indices[position]!), frameCount, width, height }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

const frameOf = (frames: Uint8Array, i: number, frameBytes: number) =>
  frames.subarray(i * frameBytes, (i + 1) * frameBytes)
