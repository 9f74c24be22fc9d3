import type { FileHandle } from 'node:fs/promises'
import { MstaError } from '../../runtime/errors.js'
import { ContentError } from '../content-error.js'
import { withFile } from '../file-bytes.js'
import type { PickleValue, Resolver } from '../pickle/values.js'
import type { TensorFile } from '../tensor-file.js'
import { inTurns } from '../turns.js'
import { collectTensors } from './collect.js'
import { locateTensors, type Place } from './entries.js'
import { globalOf } from './globals.js'
import { type Storage, storageOf } from './stored-tensor.js'

/** Bytes that the pickle of a checkpoint may have: the numbers are not in it. */
export const MOST_PICKLE_BYTES = 1 << 24

const REMEDY = 'The file is damaged or is no PyTorch checkpoint; download or save it again.'

/** What a file of PyTorch consists of. */
export interface Parts {
  /** What its pickle held. */
  value: PickleValue
  /** Where each storage lies, by its key. */
  places: ReadonlyMap<string, Place>
}

/** A resolver that lists the storages it is asked for by their keys. */
export class StorageResolver implements Resolver {
  readonly storages = new Map<string, Storage>()
  readonly global = globalOf

  persistent(id: PickleValue): Storage {
    const storage = storageOf(id)
    if (!this.storages.has(storage.key)) this.storages.set(storage.key, storage)
    return storage
  }
}

/**
 * The tensors of a PyTorch file whose parts `read` finds.
 * @throws MstaError ERR_FILE, ERR_FORMAT; the signal's reason
 */
export function openParts(
  path: string,
  read: (handle: FileHandle, size: number) => Promise<Parts>,
  signal?: AbortSignal,
): Promise<TensorFile> {
  const open = async (handle: FileHandle, size: number): Promise<TensorFile> => {
    try {
      const { value, places } = await read(handle, size)
      const { tensors, stateDictPath } = await inTurns(collectTensors(value), signal)
      const entries = await inTurns(locateTensors(path, size, tensors, places), signal)
      return { path, metadata: Object.create(null), tensors: entries, stateDictPath }
    } catch (cause) {
      if (!(cause instanceof ContentError)) throw cause
      const message = `${path}: ${cause.message}. ${cause.remedy ?? REMEDY}`
      throw new MstaError('ERR_FORMAT', message, { file: path, cause })
    }
  }
  return withFile(path, open, signal)
}
