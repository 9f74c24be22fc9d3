import type { FileHandle } from 'node:fs/promises'
import { MstaError } from '../runtime/errors.js'
import { toBfloat16, toFloat16 } from './half.js'
import { type ReplaceOptions, replaceFile } from './replace-file.js'
import { METADATA_KEY, MOST_HEADER_BYTES, MOST_TENSORS, PREFIX_BYTES } from './safetensors-header.js'
import { DTYPE_BYTES, isAllowedName, quoteName, type SafetensorsDtype } from './tensor-file.js'

/** Values of a tensor to write. F16 and BF16 take their bits as Uint16Array, or float32 values to round. */
export type TensorData =
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array

/** A tensor to write. */
export interface TensorToWrite {
  dtype: SafetensorsDtype
  /** Outermost dimension first; empty for a scalar. */
  shape: readonly number[]
  /**
   * Row-major; a function is called when its turn comes, so that not all tensors need be in memory at once. It may
   * give the values piece by piece.
   */
  data: TensorData | (() => TensorData | Promise<TensorData> | AsyncIterable<TensorData>)
}

/** Options of {@link writeSafetensors}. */
export type WriteOptions = ReplaceOptions

const ARRAY_TYPES: Record<SafetensorsDtype, readonly string[]> = {
  F64: ['Float64Array'],
  I64: ['BigInt64Array'],
  U64: ['BigUint64Array'],
  F32: ['Float32Array'],
  I32: ['Int32Array'],
  U32: ['Uint32Array'],
  F16: ['Uint16Array', 'Float32Array'],
  BF16: ['Uint16Array', 'Float32Array'],
  I16: ['Int16Array'],
  U16: ['Uint16Array'],
  I8: ['Int8Array'],
  U8: ['Uint8Array', 'Buffer'],
  BOOL: ['Uint8Array', 'Buffer'],
  F8_E4M3: ['Uint8Array', 'Buffer'],
  F8_E5M2: ['Uint8Array', 'Buffer'],
}
const CHUNK = 1 << 26
// Values converted before the event loop has its turn: a few milliseconds.
const CONVERTED = 1 << 17
const ALIGNMENT = 8

function argumentError(what: string): MstaError {
  return new MstaError('ERR_ARGUMENT', `Cannot write safetensors: ${what}.`)
}

function elementCount(name: string, shape: readonly number[]): number {
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw argumentError(
      `tensor ${quoteName(name)} has the shape [${shape}], which is not of non-negative integers`,
    )
  }
  return shape.reduce((product, size) => product * size, 1)
}

function checkTensor(name: string, { dtype, shape }: TensorToWrite): number {
  if (name === METADATA_KEY || !isAllowedName(name)) {
    throw argumentError(`${quoteName(name)} is not allowed as a tensor's name`)
  }
  if (!Object.hasOwn(DTYPE_BYTES, dtype))
    throw argumentError(`tensor ${quoteName(name)} has the unknown type ${dtype}`)
  return elementCount(name, shape) * DTYPE_BYTES[dtype]
}

function checkMetadata(metadata: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') throw argumentError(`metadata ${quoteName(key)} is not a string`)
  }
}

/** The header with its length before it, padded with spaces so that the data start at a multiple of eight bytes. */
function encodeHeader(
  ordered: readonly (readonly [string, TensorToWrite])[],
  metadata: Readonly<Record<string, string>>,
): Buffer {
  let end = 0
  const described = ordered.map(([name, tensor]): [string, unknown] => {
    const begin = end
    end += checkTensor(name, tensor)
    if (!Number.isSafeInteger(end)) throw argumentError(`tensor ${quoteName(name)} is too large`)
    return [name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [begin, end] }]
  })
  described.sort(([a], [b]) => compareNames(a, b))
  if (Object.keys(metadata).length > 0) described.unshift([METADATA_KEY, metadata])
  const fields = described.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  const json = Buffer.from(`{${fields.join(',')}}`)
  const padding = (ALIGNMENT - (json.length % ALIGNMENT)) % ALIGNMENT
  if (json.length + padding > MOST_HEADER_BYTES || ordered.length > MOST_TENSORS)
    throw argumentError(
      `${ordered.length} tensors and a header of ${json.length} bytes are more than the ${MOST_TENSORS} and ` +
        `${MOST_HEADER_BYTES} that can be read again`,
    )
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.writeBigUInt64LE(BigInt(json.length + padding))
  return Buffer.concat([prefix, json, Buffer.alloc(padding, ' ')])
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

async function* piecesOf({ data }: TensorToWrite): AsyncGenerator<TensorData> {
  const values = typeof data === 'function' ? data() : data
  if (Symbol.asyncIterator in values) yield* values
  else yield await values
}

function checkArray(name: string, dtype: SafetensorsDtype, data: TensorData): void {
  const allowed = ARRAY_TYPES[dtype]
  if (allowed.includes(data?.constructor?.name)) return
  throw argumentError(`tensor ${quoteName(name)} of type ${dtype} takes ${allowed.join(' or ')}`)
}

/** The bytes to store, float32 values for sixteen bits rounded part by part. */
function* bytesOf(dtype: SafetensorsDtype, data: TensorData): Generator<Uint8Array> {
  if (!(data instanceof Float32Array) || dtype === 'F32') {
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    return
  }
  const convert = dtype === 'F16' ? toFloat16 : toBfloat16
  for (let start = 0; start < data.length; start += CONVERTED) {
    yield new Uint8Array(convert(data.subarray(start, start + CONVERTED)).buffer)
  }
}

async function writeTensor(handle: FileHandle, name: string, tensor: TensorToWrite): Promise<void> {
  const { dtype, shape } = tensor
  const count = elementCount(name, shape)
  let written = 0
  for await (const data of piecesOf(tensor)) {
    checkArray(name, dtype, data)
    written += data.length
    if (written > count) break
    for (const bytes of bytesOf(dtype, data)) await writeBytes(handle, bytes)
  }
  if (written === count) return
  throw argumentError(`tensor ${quoteName(name)} of shape [${shape}] takes ${count} values, got ${written}`)
}

async function writeBytes(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, Math.min(CHUNK, bytes.length - done))
    done += bytesWritten
  }
}

/**
 * Writes a safetensors file: first to a temporary file beside it, which then takes its place, so that `file` is
 * either the old one or the whole new one. The header's keys are sorted by name; the data are ordered by element
 * size, then name, and start at a multiple of eight bytes, so that every tensor is aligned.
 * Throws ERR_ARGUMENT for a tensor whose type, shape and data disagree, ERR_FILE when writing fails.
 */
export async function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, TensorToWrite> | Readonly<Record<string, TensorToWrite>>,
  metadata: Readonly<Record<string, string>> = {},
  options: WriteOptions = {},
): Promise<void> {
  checkMetadata(metadata)
  const entries: [string, TensorToWrite][] = tensors instanceof Map ? [...tensors] : Object.entries(tensors)
  const ordered = entries.sort(
    ([a, one], [b, other]) => DTYPE_BYTES[other.dtype] - DTYPE_BYTES[one.dtype] || compareNames(a, b),
  )
  const header = encodeHeader(ordered, metadata)
  await replaceFile(
    file,
    async (handle) => {
      await writeBytes(handle, header)
      for (const [name, tensor] of ordered) {
        options.signal?.throwIfAborted()
        await writeTensor(handle, name, tensor)
      }
    },
    options,
  )
}
