import { MstaError } from '../runtime/errors.js'
import { isJsonObject, type JsonLimits, scanJson } from './json.js'
import {
  DTYPE_BYTES,
  isAllowedName,
  MOST_DIMENSIONS,
  quoteName,
  type SafetensorsDtype,
  type TensorEntry,
  type TensorFile,
} from './tensor-file.js'
import { inTurns } from './turns.js'

/** A checked header: every tensor lies inside the file, none overlaps another, no byte is left over. */
export interface SafetensorsFile extends TensorFile {
  /** Size of the file in bytes. */
  size: number
}

/** Bytes before the header: its length, 64 bits, little-endian. */
export const PREFIX_BYTES = 8
/** The key of the header that is not a tensor. */
export const METADATA_KEY = '__metadata__'
/**
 * The reference implementation takes 100 MB, of which `JSON.parse` alone, which nothing else can run beside, needs half a
 * second. The header of ViCLIP-L/14 has 56 kB, a checkpoint of its full tuning three times that; the rest is room for
 * metadata (descriptions of classes, digests of frames), whose few long strings are parsed quickly.
 */
export const MOST_HEADER_BYTES = 8 << 20
/** {@link MOST_HEADER_BYTES} of these would still take long. ViCLIP-L/14 has 447 tensors, of 30 tokens each. */
const LIMITS: JsonLimits = { levels: 3, keys: 1 << 13, tokens: 1 << 18 }
/** As many keys as a header may have, but for that of the metadata. */
export const MOST_TENSORS = LIMITS.keys - 1

/** An ERR_FORMAT about `file`. */
export function formatError(file: string, what: string, cause?: unknown): MstaError {
  const remedy = 'The file is damaged or is no safetensors file; download or write it again.'
  return new MstaError('ERR_FORMAT', `${file}: ${what}. ${remedy}`, { file, cause })
}

/** Length of the header in bytes, read from the file's first eight; checked against the file's size. */
export function parseHeaderLength(file: string, prefix: Uint8Array, size: number): number {
  if (prefix.length < PREFIX_BYTES)
    throw formatError(file, `has ${size} bytes, too few for a safetensors header`)
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true)
  if (length < 2n || length > BigInt(MOST_HEADER_BYTES)) {
    throw formatError(file, `header length ${length} is outside 2 to ${MOST_HEADER_BYTES}`)
  }
  if (length > BigInt(size - PREFIX_BYTES)) {
    throw formatError(file, `header of ${length} bytes does not fit a file of ${size} bytes`)
  }
  return Number(length)
}

function* parseJson(file: string, bytes: Uint8Array): Generator<void, Record<string, unknown>> {
  let text: string
  let duplicate: string | undefined
  let value: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    duplicate = yield* scanJson(text, LIMITS)
    value = JSON.parse(text)
  } catch (cause) {
    throw formatError(file, `header is no JSON that can be read (${(cause as Error).message})`, cause)
  }
  if (!text.startsWith('{') || !isJsonObject(value)) throw formatError(file, 'header is not a JSON object')
  if (duplicate !== undefined)
    throw formatError(file, `key ${quoteName(duplicate)} occurs twice in the header`)
  return value
}

function parseMetadata(file: string, value: unknown): Record<string, string> {
  const metadata: Record<string, string> = Object.create(null)
  if (value === undefined) return metadata
  if (!isJsonObject(value)) throw formatError(file, `${METADATA_KEY} is not an object of strings`)
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string')
      throw formatError(file, `${METADATA_KEY} entry ${quoteName(key)} is not a string`)
    metadata[key] = text
  }
  return metadata
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function parseEntry(file: string, name: string, value: unknown, dataStart: number): TensorEntry {
  const fail = (what: string): MstaError => formatError(file, `tensor ${quoteName(name)} ${what}`)
  if (!isAllowedName(name)) throw fail('has a name that is not allowed')
  if (!isJsonObject(value)) throw fail('is not described by an object')
  const { dtype, shape, data_offsets: offsets, ...rest } = value
  const [extra] = Object.keys(rest)
  if (extra !== undefined) throw fail(`has an unknown field ${quoteName(extra)}`)
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_BYTES, dtype)) {
    throw fail(`has the unknown data type ${quoteName(String(JSON.stringify(dtype)))}`)
  }
  if (!Array.isArray(shape) || shape.length > MOST_DIMENSIONS || !shape.every(isCount)) {
    throw fail(`needs a shape of at most ${MOST_DIMENSIONS} non-negative integers`)
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw fail('needs data_offsets of two non-negative integers')
  }
  const [begin, end] = offsets as [number, number]
  const known = dtype as SafetensorsDtype
  const bytes = (shape as number[]).reduce((product, size) => product * size, DTYPE_BYTES[known])
  if (end - begin !== bytes) {
    throw fail(
      `of shape [${shape}] and type ${dtype} takes ${bytes} bytes, its data_offsets hold ${end - begin}`,
    )
  }
  return { dtype: known, shape: shape.map(Number), path: file, offset: dataStart + begin, bytes }
}

/** Tensors must follow each other without a gap or an overlap from the header to the end of the file. */
function checkLayout(file: string, tensors: Map<string, TensorEntry>, dataStart: number, size: number): void {
  const sorted = [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.bytes - b.bytes)
  let end = dataStart
  for (const [name, { offset, bytes }] of sorted) {
    if (offset !== end) {
      const what =
        offset < end ? 'overlaps the tensor before it' : `leaves a hole of ${offset - end} bytes before it`
      throw formatError(file, `tensor ${quoteName(name)} ${what}`)
    }
    end = offset + bytes
    if (end > size) {
      throw formatError(
        file,
        `tensor ${quoteName(name)} ends at byte ${end}, the file at ${size}: it is cut short`,
      )
    }
  }
  if (end !== size) throw formatError(file, `${size - end} bytes follow the last tensor`)
}

/**
 * Checks a header's bytes (without the length before them) as hostile input, in turns with the event loop. `file` names
 * the file in errors, `size` is its size in bytes.
 * @throws MstaError ERR_FORMAT; the signal's reason
 */
export function parseHeader(
  file: string,
  header: Uint8Array,
  size: number,
  signal?: AbortSignal,
): Promise<SafetensorsFile> {
  return inTurns(parse(file, header, size), signal)
}

function* parse(file: string, header: Uint8Array, size: number): Generator<void, SafetensorsFile> {
  const dataStart = PREFIX_BYTES + header.length
  const parsed = yield* parseJson(file, header)
  const tensors = new Map<string, TensorEntry>()
  for (const [name, value] of Object.entries(parsed)) {
    if (name !== METADATA_KEY) tensors.set(name, parseEntry(file, name, value, dataStart))
    yield
  }
  checkLayout(file, tensors, dataStart, size)
  const metadata = parseMetadata(file, Object.hasOwn(parsed, METADATA_KEY) ? parsed[METADATA_KEY] : undefined)
  return { path: file, size, metadata, tensors, stateDictPath: '' }
}
