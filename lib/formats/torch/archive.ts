import type { FileHandle } from 'node:fs/promises'
import { ContentError } from '../content-error.js'
import { readBytes } from '../file-bytes.js'
import { unpickle } from '../pickle/unpickle.js'
import type { TensorFile } from '../tensor-file.js'
import { inTurns } from '../turns.js'
import type { Place } from './entries.js'
import { MOST_PICKLE_BYTES, openParts, type Parts, StorageResolver } from './torch-file.js'
import { ZipDirectory } from './zip-directory.js'

const PICKLE = /^[^/]+\/data\.pkl$/

/** Opens a zip archive of `torch.save` or `torch.jit.save`. @throws MstaError ERR_FILE, ERR_FORMAT; the signal's reason */
export function openArchive(path: string, signal?: AbortSignal): Promise<TensorFile> {
  return openParts(path, (handle, size) => readParts(handle, size, signal), signal)
}

async function readParts(handle: FileHandle, size: number, signal?: AbortSignal): Promise<Parts> {
  const directory = await ZipDirectory.read(handle, size, signal)
  const pickles = [...directory.names()].filter((name) => PICKLE.test(name))
  if (pickles.length !== 1) throw new ContentError(`it is a zip archive with ${pickles.length} data.pkl`)
  const [name] = pickles as [string]
  const folder = name.slice(0, name.lastIndexOf('/'))
  await checkByteOrder(handle, await directory.find(`${folder}/byteorder`))
  const bytes = await readRecord(handle, (await directory.find(name))!, MOST_PICKLE_BYTES)
  const resolver = new StorageResolver()
  const { value } = await inTurns(unpickle(bytes, 0, resolver), signal)
  const places = new Map<string, Place>()
  for (const key of resolver.storages.keys()) {
    signal?.throwIfAborted()
    const place = await directory.find(`${folder}/data/${key}`)
    if (place) places.set(key, place)
  }
  return { value, places }
}

async function readRecord(handle: FileHandle, { offset, bytes }: Place, most: number): Promise<Buffer> {
  if (bytes > most) throw new ContentError(`its pickle has ${bytes} bytes, more than ${most}`)
  return Buffer.from(await readBytes(handle, offset, bytes, 'the pickle'))
}

/** Archives of old versions do not tell; there are none of them from big-endian machines. */
async function checkByteOrder(handle: FileHandle, place: Place | undefined): Promise<void> {
  if (place === undefined) return
  const order = (await readRecord(handle, place, 16)).toString('latin1')
  if (order !== 'little') throw new ContentError(`its byte order is ${JSON.stringify(order)}, not "little"`)
}
