import { ContentError } from '../content-error.js'
import { spanOf } from '../gather.js'
import { Dict, type PickleValue, Tuple } from '../pickle/values.js'
import { MOST_DIMENSIONS, type SafetensorsDtype } from '../tensor-file.js'

/** Class of a storage; one without a type has it in each of its tensors. */
export class StorageType {
  constructor(readonly dtype: SafetensorsDtype | undefined) {}
}

/** A type of PyTorch, as an object of a pickle. */
export class Dtype {
  constructor(readonly dtype: SafetensorsDtype) {}
}

/** Numbers that tensors are views of; where they lie the key tells. */
export class Storage {
  constructor(
    readonly key: string,
    readonly dtype: SafetensorsDtype | undefined,
    /** In elements of the type, or bytes without one. */
    readonly count: number,
    /** Those of them that tensors may see; all but in very old files. */
    readonly window: { first: number; count: number } = { first: 0, count },
  ) {}
}

/** A view of a storage, as a pickle describes it. */
export class StoredTensor {
  constructor(
    readonly storage: Storage,
    readonly dtype: SafetensorsDtype,
    readonly shape: number[],
    /** In elements, as all that follows. */
    readonly strides: number[],
    readonly first: number,
    /** From the first element to behind the last. */
    readonly span: number,
    readonly count: number,
  ) {}
}

const isCount = (value: PickleValue): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** The storage of a persistent id: `('storage', type, key, device, count)`, in old files also a view or None. */
export function storageOf(id: PickleValue): Storage {
  const [kind, type, key, , count, view = null] = id instanceof Tuple ? id.items : []
  if (kind !== 'storage' || !(type instanceof StorageType) || typeof key !== 'string' || !isCount(count)) {
    throw new ContentError('its pickle has a persistent id that is no storage')
  }
  if (view === null) return new Storage(key, type.dtype, count)
  if (type.dtype === undefined) throw new ContentError('its pickle has a view of a storage without a type')
  return new Storage(key, type.dtype, count, windowOf(view, count))
}

/** What tensors see of a storage of `count` elements: `(key, first, count)`. */
function windowOf(view: PickleValue, count: number): Storage['window'] {
  const [, first, size] = view instanceof Tuple ? view.items : []
  if (isCount(first) && isCount(size) && first + size <= count) return { first, count: size }
  throw new ContentError('its pickle has a storage that is a view of more than there is')
}

function countsOf(value: PickleValue): number[] | undefined {
  const items = value instanceof Tuple ? value.items : undefined
  return items && items.length <= MOST_DIMENSIONS && items.every(isCount) ? [...items] : undefined
}

function productOf(shape: readonly number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1)
}

/** Numbers may be stored with a mark that they are to be negated; nobody does so with weights. */
function checkMarks(marks: PickleValue): void {
  if (marks instanceof Dict && [...marks.entries.values()].includes(true)) {
    throw new ContentError('its pickle has a tensor whose numbers are to be negated')
  }
}

/** The tensor of the arguments of `_rebuild_tensor_v2`. */
export function rebuildTensor(args: readonly PickleValue[]): StoredTensor {
  checkMarks(args[6])
  return viewOf(args, args[0] instanceof Storage ? args[0].dtype : undefined)
}

/** The tensor of the arguments of `_rebuild_tensor_v3`, which has a type of its own. */
export function rebuildTypedTensor(args: readonly PickleValue[]): StoredTensor {
  checkMarks(args[7])
  return viewOf(args, args[6] instanceof Dtype ? args[6].dtype : undefined)
}

function viewOf(args: readonly PickleValue[], dtype: SafetensorsDtype | undefined): StoredTensor {
  const [storage, first, size, stride] = args
  if (!(storage instanceof Storage)) throw new ContentError('its pickle has a tensor without a storage')
  if (dtype === undefined) throw new ContentError('its pickle has a tensor without a type')
  const shape = countsOf(size)
  const strides = countsOf(stride)
  if (!shape || !strides || shape.length !== strides.length || !isCount(first)) {
    throw new ContentError('its pickle has a tensor without a proper shape, strides and offset')
  }
  const [span, count] = [spanOf(shape, strides), productOf(shape)]
  if (!isCount(span) || !isCount(first + span) || !isCount(count)) {
    throw new ContentError(`its pickle has a tensor that is too large, of shape [${shape}]`)
  }
  const { window } = storage
  const isWhole = window.count === storage.count
  if (!isWhole && first + span > window.count) {
    throw new ContentError(
      `its pickle has a tensor of shape [${shape}] that reaches beyond its view of a storage`,
    )
  }
  return new StoredTensor(storage, dtype, shape, strides, window.first + first, span, count)
}
