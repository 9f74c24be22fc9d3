import type { FileHandle } from 'node:fs/promises'
import { ContentError, EarlyEndError } from '../content-error.js'
import { readBytes } from '../file-bytes.js'
import { unpickle } from '../pickle/unpickle.js'
import { Dict, type PickleValue } from '../pickle/values.js'
import { DTYPE_BYTES, quoteName, type TensorFile } from '../tensor-file.js'
import { inTurns } from '../turns.js'
import type { Place } from './entries.js'
import type { Storage } from './stored-tensor.js'
import { MOST_PICKLE_BYTES, openParts, type Parts, StorageResolver } from './torch-file.js'

const MAGIC = 0x1950a86a20f9469cfc6cn
const PROTOCOL = 1001
const FIRST_READ = 1 << 20
const COUNT_BYTES = 8

/**
 * Opens a file of PyTorch before 1.6: pickles of a magic number, a protocol, the machine, the object and the keys of
 * its storages, then each storage with its length before it.
 * @throws MstaError ERR_FILE, ERR_FORMAT; the signal's reason
 */
export function openLegacy(path: string, signal?: AbortSignal): Promise<TensorFile> {
  return openParts(path, (handle, size) => readParts(handle, size, signal), signal)
}

async function readParts(handle: FileHandle, size: number, signal?: AbortSignal): Promise<Parts> {
  const { value, keys, end, storages } = await readHead(handle, size, signal)
  const places = new Map<string, Place>()
  let offset = end
  for (const key of keys) {
    signal?.throwIfAborted()
    const storage = storages.get(key)
    if (storage === undefined) throw new ContentError(`its storage ${quoteName(key)} belongs to no tensor`)
    const bytes = await readLength(handle, offset, size, storage)
    places.set(key, { offset: offset + COUNT_BYTES, bytes })
    offset += COUNT_BYTES + bytes
    if (offset > size) throw new EarlyEndError()
  }
  return { value, places }
}

/** Bytes of the storage whose length is at `offset`. */
async function readLength(
  handle: FileHandle,
  offset: number,
  size: number,
  storage: Storage,
): Promise<number> {
  if (offset + COUNT_BYTES > size) throw new EarlyEndError()
  const count = Buffer.from(await readBytes(handle, offset, COUNT_BYTES, 'a length')).readBigUInt64LE()
  return Number(count) * (storage.dtype === undefined ? 1 : DTYPE_BYTES[storage.dtype])
}

/** Reads the pickles from the start of the file, and more of it only where they are longer. */
async function readHead(handle: FileHandle, size: number, signal?: AbortSignal) {
  for (let length = FIRST_READ; ; length *= 4) {
    const bytes = Buffer.from(await readBytes(handle, 0, Math.min(size, length), 'the pickle'))
    try {
      return await inTurns(parseHead(bytes), signal)
    } catch (error) {
      if (!(error instanceof EarlyEndError) || length >= size) throw error
      if (length >= MOST_PICKLE_BYTES) throw new ContentError(`its pickle has over ${length} bytes`)
    }
  }
}

function* parseHead(bytes: Buffer) {
  const resolver = new StorageResolver()
  let end = 0
  function* next(): Generator<void, PickleValue> {
    const pickle = yield* unpickle(bytes, end, resolver)
    end = pickle.end
    return pickle.value
  }
  if ((yield* next()) !== MAGIC || (yield* next()) !== PROTOCOL) {
    throw new ContentError('it is a pickle, but not one of torch.save')
  }
  const machine = yield* next()
  if (!(machine instanceof Dict) || machine.entries.get('little_endian') !== true) {
    throw new ContentError('it is not of a little-endian machine')
  }
  const value = yield* next()
  const keys = yield* next()
  if (!Array.isArray(keys) || !keys.every((key): key is string => typeof key === 'string')) {
    throw new ContentError('the keys of its storages are no list of texts')
  }
  return { value, keys, end, storages: resolver.storages }
}
