import { MstaError } from '../runtime/errors.js'

/** A tensor's sizes, outermost dimension first, row-major. */
export type Shape = readonly number[]

// Labelled shapes: the compiler checks the rank, the editor shows the names.
export type Scalar = readonly []
/** A row of numbers. */
export type Vector = readonly [size: number]
/** Rows of numbers. */
export type Matrix = readonly [rows: number, columns: number]
/** Preprocessed clips. */
export type Video = readonly [batch: number, channels: number, frames: number, height: number, width: number]
/** Sequences of tokens. */
export type Tokens = readonly [batch: number, tokens: number, width: number]
/** Token ids of texts. */
export type Ids = readonly [batch: number, length: number]
/** Embeddings of videos or texts. */
export type Embeddings = readonly [batch: number, embedDim: number]

/** Sequences of one length that lie one after another in a tensor's rows. */
export interface SequenceGroup {
  sequences: number
  /** Of each sequence. */
  tokens: number
}

/** The row where each sequence of some groups begins, groups one after another. */
export function sequenceStarts(groups: readonly SequenceGroup[]): number[] {
  const starts: number[] = []
  let row = 0
  for (const { sequences, tokens } of groups)
    for (let i = 0; i < sequences; i++, row += tokens) starts.push(row)
  return starts
}

/** Number of elements. */
export const sizeOf = (shape: Shape): number => shape.reduce((size, n) => size * n, 1)

/** @throws MstaError ERR_SHAPE unless every size is a non-negative integer and the product is representable. */
export function checkShape(shape: Shape): void {
  const size = sizeOf(shape)
  if (shape.every((n) => Number.isSafeInteger(n) && n >= 0) && size <= Number.MAX_SAFE_INTEGER) return
  throw new MstaError(
    'ERR_SHAPE',
    `[${shape.join(', ')}] is not a shape: sizes must be non-negative integers`,
  )
}

/** Raises ERR_SHAPE in the form "[op] expected ... but has ...". */
export function shapeError(op: string, what: string, shapes: Record<string, Shape>): MstaError {
  const listed = Object.entries(shapes).map(([name, shape]) => `${name} [${shape.join(', ')}]`)
  return new MstaError('ERR_SHAPE', `[${op}] ${what}: ${listed.join(', ')}`, { op, shapes })
}

/** Whether two shapes are equal. */
export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i])
