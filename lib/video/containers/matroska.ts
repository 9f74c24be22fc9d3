import { type ReadAt, windowed } from './read-at.js'

const ID = {
  segment: 0x18538067,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackType: 0x83,
  cluster: 0x1f43b675,
  blockGroup: 0xa0,
  block: 0xa1,
  simpleBlock: 0xa3,
}
const VIDEO = 1
const MAX_FILE_BYTES = 512 * 2 ** 20
const MAX_ELEMENTS = 2_000_000
const WINDOW_BYTES = 2 ** 16

/**
 * Counts the blocks of the first video track of a Matroska or WebM file, which has no frame count anywhere, by walking
 * over its elements; block contents are skipped.
 */
export async function countMatroskaFrames(readAt: ReadAt, size: number): Promise<number | undefined> {
  if (size > MAX_FILE_BYTES) return undefined
  const bytes = windowed(readAt, WINDOW_BYTES)
  let videoTrack: number | undefined
  let entryNumber: number | undefined
  let count = 0
  for (let at = 0, elements = 0; at < size && elements < MAX_ELEMENTS; elements++) {
    const element = readElement(await bytes(at, 12))
    if (element === undefined) break
    const { id, length, headerBytes } = element
    const start = at + headerBytes
    if (id === ID.trackNumber) entryNumber = (await bytes(start, length)).readUIntBE(0, length)
    if (id === ID.trackType && (await bytes(start, 1))[0] === VIDEO) videoTrack ??= entryNumber
    if (id === ID.block || id === ID.simpleBlock) {
      const track = readVint(await bytes(start, 8), 0, true)
      if (track !== undefined && track.value === videoTrack) count++
    }
    const isContainer =
      id === ID.segment ||
      id === ID.tracks ||
      id === ID.trackEntry ||
      id === ID.cluster ||
      id === ID.blockGroup
    // An element of unknown length can only be one that is entered anyway.
    if (!isContainer && length < 0) break
    at = isContainer ? start : start + length
  }
  return videoTrack === undefined ? undefined : count
}

function readElement(header: Buffer): { id: number; length: number; headerBytes: number } | undefined {
  const id = readVint(header, 0, false)
  if (id === undefined) return undefined
  const length = readVint(header, id.bytes, true)
  if (length === undefined) return undefined
  return { id: id.value, length: length.isUnknown ? -1 : length.value, headerBytes: id.bytes + length.bytes }
}

function readVint(buffer: Buffer, at: number, dropMarker: boolean) {
  const first = buffer[at]
  if (first === undefined || first === 0) return undefined
  const bytes = Math.clz32(first) - 23
  if (at + bytes > buffer.length) return undefined
  let value = dropMarker ? first & (0xff >> bytes) : first
  let isUnknown = value === 0xff >> bytes
  for (let i = 1; i < bytes; i++) {
    const byte = buffer[at + i]!
    isUnknown &&= byte === 0xff
    value = value * 256 + byte
  }
  return { value, bytes, isUnknown }
}
