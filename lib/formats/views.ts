import { DTYPE_BYTES, type TensorEntry } from './tensor-file.js'

/** Elements from one index to the next of a row-major tensor without gaps. */
function packedStrides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1))
}

/** Whether strides are those of a row-major tensor without gaps; an axis of one index may have any. */
export function isPacked(shape: readonly number[], strides: readonly number[]): boolean {
  const expected = packedStrides(shape)
  return shape.includes(0) || shape.every((size, axis) => size === 1 || strides[axis] === expected[axis])
}

/** The same numbers in another shape, of which nothing is read. */
function viewOf({ strides: _, ...entry }: TensorEntry, shape: number[], strides: number[]): TensorEntry {
  return { ...entry, shape, ...(!isPacked(shape, strides) && { strides }) }
}

const stridesOf = ({ shape, strides }: TensorEntry): number[] => strides ?? packedStrides(shape)

/** The tensor with its axes in reverse order. */
export function reversed(entry: TensorEntry): TensorEntry {
  return viewOf(entry, entry.shape.toReversed(), stridesOf(entry).toReversed())
}

/** The tensor with another axis, of one index, before `axis`. */
export function withAxis(entry: TensorEntry, axis: number): TensorEntry {
  return viewOf(entry, entry.shape.toSpliced(axis, 0, 1), stridesOf(entry).toSpliced(axis, 0, 1))
}

/** The tensor without `axis`, which has one index. */
export function withoutAxis(entry: TensorEntry, axis: number): TensorEntry {
  return viewOf(entry, entry.shape.toSpliced(axis, 1), stridesOf(entry).toSpliced(axis, 1))
}

/** Some of the rows: of what the outermost axis counts. */
export function rowsOf(entry: TensorEntry, first: number, count: number): TensorEntry {
  const [rows = 0, ...rest] = entry.shape
  const strides = stridesOf(entry)
  const offset = entry.offset + first * strides[0]! * DTYPE_BYTES[entry.dtype]
  const bytes = rows === 0 ? 0 : (entry.bytes / rows) * count
  return viewOf({ ...entry, offset, bytes }, [count, ...rest], strides)
}

/** As many parts of equal numbers of rows. */
export function splitRows(entry: TensorEntry, parts: number): TensorEntry[] {
  const rows = entry.shape[0]! / parts
  return Array.from({ length: parts }, (_, i) => rowsOf(entry, i * rows, rows))
}
