import type { FileHandle } from 'node:fs/promises'
import { MstaError } from '../runtime/errors.js'
import { readBytes, withFile } from './file-bytes.js'
import { gather, spanOf } from './gather.js'
import { DTYPE_BYTES, quoteName, type TensorEntry, type TensorFile } from './tensor-file.js'
import { inTurns } from './turns.js'
import { toFloats, toIntegers, WideIntegerError } from './values.js'

/** A tensor in memory: floats as float32, integers as int32, U8, I8 and BOOL as bytes. */
export interface LoadedTensor {
  /** The type in the file, before conversion. */
  dtype: TensorEntry['dtype']
  shape: number[]
  data: Float32Array | Int32Array | Uint8Array | Int8Array
}

function tensorError(file: { path: string }, name: string, what: string, cause?: unknown): MstaError {
  const message = `${file.path}: tensor ${quoteName(name)} ${what}.`
  return new MstaError('ERR_FORMAT', message, { file: file.path, cause })
}

function typeError(file: { path: string }, name: string, entry: TensorEntry, wanted: string): MstaError {
  return tensorError(file, name, `is ${entry.dtype} where ${wanted} are expected`)
}

/** The tensor of that name. @throws MstaError ERR_FORMAT when there is none */
function entryOf(file: TensorFile, name: string): TensorEntry {
  const entry = file.tensors.get(name)
  if (entry !== undefined) return entry
  const some = [...file.tensors.keys()].slice(0, 5).map(quoteName).join(', ')
  const message = `${file.path}: has no tensor ${quoteName(name)}; it starts with ${some || 'none'}.`
  throw new MstaError('ERR_FORMAT', message, { file: file.path })
}

async function readPacked(
  handle: FileHandle,
  name: string,
  { dtype, shape, offset, bytes, strides }: TensorEntry,
  signal?: AbortSignal,
): Promise<ArrayBuffer> {
  const what = `tensor ${quoteName(name)}`
  if (strides === undefined) return readBytes(handle, offset, bytes, what)
  const elementBytes = DTYPE_BYTES[dtype]
  const source = await readBytes(handle, offset, spanOf(shape, strides) * elementBytes, what)
  return inTurns(gather(source, elementBytes, shape, strides), signal)
}

/**
 * The bytes of a tensor's values as they are in the file, in row-major order without gaps, in pieces of at most
 * `pieceBytes` (a multiple of eight). Only a tensor with strides is held in memory as a whole.
 */
export async function* readPieces(
  entry: TensorEntry,
  name: string,
  pieceBytes: number,
  signal?: AbortSignal,
): AsyncGenerator<ArrayBuffer> {
  const read = (use: (handle: FileHandle) => Promise<ArrayBuffer>) => withFile(entry.path, use, signal)
  const whole = entry.strides && (await read((handle) => readPacked(handle, name, entry, signal)))
  for (let start = 0; start < entry.bytes; start += pieceBytes) {
    const length = Math.min(pieceBytes, entry.bytes - start)
    yield whole
      ? whole.slice(start, start + length)
      : await read((handle) => readBytes(handle, entry.offset + start, length, `tensor ${quoteName(name)}`))
  }
}

async function readEntry(file: TensorFile, name: string, signal?: AbortSignal) {
  const entry = entryOf(file, name)
  const buffer = await withFile(entry.path, (handle) => readPacked(handle, name, entry, signal), signal)
  return { entry, buffer }
}

async function integersOf(
  file: TensorFile,
  name: string,
  { dtype }: TensorEntry,
  buffer: ArrayBuffer,
  signal?: AbortSignal,
): Promise<Int32Array | undefined> {
  try {
    return await inTurns(toIntegers(dtype, buffer), signal)
  } catch (cause) {
    if (cause instanceof WideIntegerError) throw tensorError(file, name, cause.message, cause)
    throw cause
  }
}

/**
 * Values in row-major order, F16, BF16 and F64 converted to float32.
 * @param name names the tensor in errors
 * @throws MstaError ERR_FORMAT when it is not floating-point; ERR_FILE when it cannot be read; the signal's reason
 */
export async function readFloats(
  entry: TensorEntry,
  name: string,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const buffer = await withFile(entry.path, (handle) => readPacked(handle, name, entry, signal), signal)
  const values = await inTurns(toFloats(entry.dtype, buffer), signal)
  if (values === undefined) throw typeError(entry, name, entry, 'floating-point numbers')
  return values
}

/** One tensor's values as {@link readFloats} gives them; ERR_FORMAT also when there is none of that name. */
export async function readTensor(
  file: TensorFile,
  name: string,
  signal?: AbortSignal,
): Promise<Float32Array> {
  return readFloats(entryOf(file, name), name, signal)
}

/** As {@link readTensor} for integers (and BOOL); values beyond 32 bits are ERR_FORMAT. */
export async function readIntTensor(
  file: TensorFile,
  name: string,
  signal?: AbortSignal,
): Promise<Int32Array> {
  const { entry, buffer } = await readEntry(file, name, signal)
  const values = await integersOf(file, name, entry, buffer, signal)
  if (values === undefined) throw typeError(file, name, entry, 'integers')
  return values
}

/** One tensor of any type but the floats of eight bits. Errors as {@link readTensor}. */
export async function loadTensor(
  file: TensorFile,
  name: string,
  signal?: AbortSignal,
): Promise<LoadedTensor> {
  const { entry, buffer } = await readEntry(file, name, signal)
  const { dtype, shape } = entry
  if (dtype === 'U8' || dtype === 'BOOL') return { dtype, shape, data: new Uint8Array(buffer) }
  if (dtype === 'I8') return { dtype, shape, data: new Int8Array(buffer) }
  const data =
    (await inTurns(toFloats(dtype, buffer), signal)) ?? (await integersOf(file, name, entry, buffer, signal))
  if (data === undefined) throw typeError(file, name, entry, 'types of 16 bits or more')
  return { dtype, shape, data }
}
