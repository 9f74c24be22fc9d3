import { type ReadAt, windowed } from './read-at.js'

/** A regular file in a tar archive. */
export interface TarMember {
  /** With forward slashes, without `./` before it. */
  name: string
  /** Position of its first byte in the archive. */
  start: number
  /** In bytes. */
  length: number
}

/** What is wrong with an archive, in words. */
export class TarError extends Error {}

const BLOCK = 512
const WINDOW_BYTES = 2 ** 16
/** Names and records are at most this long; what says more is hostile. */
const MOST_NAME_BYTES = 2 ** 20
/** Magic numbers of what tar archives are compressed with. */
const COMPRESSIONS = { gzip: '1f8b', zstd: '28b52ffd', bzip2: '425a68', xz: 'fd377a58' }

/** What headers say of the member after them. */
interface Overrides {
  name?: string
  length?: number
}

interface Header {
  name: string
  type: string
  length: number
}

/**
 * The regular files of a tar archive (ustar, GNU, pax) of `size` bytes, in its order. Only headers are read.
 * @throws TarError for an archive that is compressed, damaged or incomplete.
 */
export async function* readTar(readAt: ReadAt, size: number): AsyncGenerator<TarMember> {
  const bytes = windowed(readAt, WINDOW_BYTES)
  let overrides: Overrides = {}
  for (let at = 0; ; ) {
    const block = await bytes(at, BLOCK)
    if (block.length < BLOCK) throw new TarError(`it has no end: it is incomplete after ${at} bytes`)
    if (block.every((byte) => byte === 0)) return
    const header = parseHeader(block, at)
    const start = at + BLOCK
    const length = overrides.length ?? header.length
    if (hasNoContent(header.type)) {
      at = start
      overrides = {}
      continue
    }
    if (start + length > size) throw new TarError(`${header.name} reaches beyond its end: it is incomplete`)
    at = start + Math.ceil(length / BLOCK) * BLOCK
    const isAboutNext = header.type === 'L' || header.type === 'x'
    if (isAboutNext) {
      if (length > MOST_NAME_BYTES) throw new TarError(`the name of the member at ${at} is too long`)
      const text = await readAt(start, length)
      overrides = { ...overrides, ...(header.type === 'L' ? { name: cString(text) } : parsePax(text)) }
    } else if (header.type === 'S') {
      throw new TarError(`${overrides.name ?? header.name} is stored with holes, which is not understood`)
    } else {
      const name = cleanName(overrides.name ?? header.name)
      if (isRegular(header.type) && !name.endsWith('/')) yield { name, start, length }
      if (header.type !== 'K' && header.type !== 'g') overrides = {}
    }
  }
}

const isRegular = (type: string): boolean => type === '0' || type === '\0' || type === '7'

/** Links, devices, folders and pipes: whatever size they claim. */
const hasNoContent = (type: string): boolean => /^[1-6]$/.test(type)

function parseHeader(block: Buffer, at: number): Header {
  const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0)
  if (parseNumber(block, 148, 156) !== sum) throw new TarError(notTar(block, at))
  const length = parseNumber(block, 124, 136)
  if (length === undefined) throw new TarError(`the size of the member at ${at} is no number`)
  const name = cString(block.subarray(0, 100))
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0'
  const prefix = isPosix ? cString(block.subarray(345, 500)) : ''
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type: String.fromCharCode(block[156]!),
    length,
  }
}

function notTar(block: Buffer, at: number): string {
  if (at > 0) return `the header at ${at} is damaged`
  const start = block.toString('hex', 0, 4)
  const compression = Object.entries(COMPRESSIONS).find(([, magic]) => start.startsWith(magic))
  return compression
    ? `it is compressed with ${compression[0]}: decompress it first`
    : 'it does not begin as one'
}

/** An octal number, or a binary one whose first bit is set; undefined for what is neither. */
function parseNumber(block: Buffer, from: number, to: number): number | undefined {
  if (block[from] === 0x80) {
    let value = 0
    for (const byte of block.subarray(from + 1, to)) value = value * 256 + byte
    return Number.isSafeInteger(value) ? value : undefined
  }
  const text = block
    .toString('latin1', from, to)
    .replace(/[\0 ]+$/, '')
    .trimStart()
  return /^[0-7]*$/.test(text) ? Number.parseInt(text || '0', 8) : undefined
}

/** Records `length key=value\n`, of which name and size count. */
function parsePax(text: Buffer): Overrides {
  const overrides: Overrides = {}
  for (let at = 0; at < text.length; ) {
    const [, digits] = /^(\d{1,7}) /.exec(text.toString('latin1', at, at + 8)) ?? []
    const end = at + Number(digits)
    if (digits === undefined || end <= at + digits.length + 1 || end > text.length || text[end - 1] !== 0x0a)
      throw new TarError('a pax header is damaged')
    const record = text.toString('utf8', at + digits.length + 1, end - 1)
    const [key, value] = [record.slice(0, record.indexOf('=')), record.slice(record.indexOf('=') + 1)]
    if (key === 'path') overrides.name = value
    if (key === 'size') overrides.length = parseSize(value)
    if (key.startsWith('GNU.sparse.'))
      throw new TarError('a member is stored with holes, which is not understood')
    at = end
  }
  return overrides
}

function parseSize(text: string): number {
  const size = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(size)) throw new TarError(`${JSON.stringify(text)} is no size`)
  return size
}

function cString(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end)
}

const cleanName = (name: string): string => name.replace(/^(\.\/+)+/, '')
