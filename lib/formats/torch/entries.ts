import { ContentError } from '../content-error.js'
import { DTYPE_BYTES, quoteName, type TensorEntry } from '../tensor-file.js'
import { isPacked } from '../views.js'
import type { Storage, StoredTensor } from './stored-tensor.js'

/** Where a storage lies in its file, in bytes. */
export interface Place {
  offset: number
  bytes: number
}

// Tensors may be views of one storage and repeat its numbers; but a small file is not to fill a disk or a memory.
const MOST_REPETITION = 16
const SMALL_BYTES = 1 << 24

function checkPlace({ key, dtype, count }: Storage, { bytes }: Place): void {
  const expected = count * (dtype === undefined ? 1 : DTYPE_BYTES[dtype])
  if (bytes === expected) return
  throw new ContentError(`storage ${quoteName(key)} has ${bytes} bytes where its tensors expect ${expected}`)
}

/**
 * Where each tensor lies in the file `path` of `size` bytes, all of them inside their storages.
 * @throws ContentError
 */
export function* locateTensors(
  path: string,
  size: number,
  tensors: ReadonlyMap<string, StoredTensor>,
  places: ReadonlyMap<string, Place>,
): Generator<void, Map<string, TensorEntry>> {
  const entries = new Map<string, TensorEntry>()
  let total = 0
  for (const [name, tensor] of tensors) {
    const { storage, dtype, shape, strides, first, span, count } = tensor
    const place = places.get(storage.key)
    if (place === undefined) {
      throw new ContentError(`tensor ${quoteName(name)} has no storage ${quoteName(storage.key)}`)
    }
    checkPlace(storage, place)
    const elementBytes = DTYPE_BYTES[dtype]
    if ((first + span) * elementBytes > place.bytes) {
      throw new ContentError(`tensor ${quoteName(name)} of shape [${shape}] reaches beyond its storage`)
    }
    const bytes = count * elementBytes
    total += bytes
    if (total > size * MOST_REPETITION + SMALL_BYTES) {
      throw new ContentError(`its tensors are ${total} bytes or more, in a file of ${size}`)
    }
    const offset = place.offset + first * elementBytes
    entries.set(name, { dtype, shape, path, offset, bytes, ...(!isPacked(shape, strides) && { strides }) })
    yield
  }
  return entries
}
