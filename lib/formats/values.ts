import { fromBfloat16, fromFloat16, toOddFloats } from './half.js'
import type { SafetensorsDtype } from './tensor-file.js'

/** Integers of a file that 32 bits cannot hold. */
export class WideIntegerError extends Error {
  constructor(value: number | bigint, index: number) {
    super(`holds ${value} at index ${index}, beyond 32-bit integers`)
  }
}

// Elements converted between two yields: a few milliseconds at most.
const PIECE = 1 << 17

type Numbers = Float64Array | Uint16Array | BigInt64Array | BigUint64Array | Uint32Array

function* inPieces<Source extends Numbers, Target extends Float32Array | Int32Array>(
  source: Source,
  target: Target,
  convert: (piece: Source, start: number) => ArrayLike<number>,
): Generator<void, Target> {
  for (let start = 0; start < source.length; start += PIECE) {
    target.set(convert(source.subarray(start, start + PIECE) as Source, start), start)
    yield
  }
  return target
}

/** Float32 values of floating-point numbers as they lie in a file; undefined for another type. */
export function* toFloats(
  dtype: SafetensorsDtype,
  buffer: ArrayBuffer,
): Generator<void, Float32Array | undefined> {
  const convert = <Source extends Numbers>(source: Source, piece: (piece: Source) => ArrayLike<number>) =>
    inPieces(source, new Float32Array(source.length), piece)
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer)
    case 'F64':
      return yield* convert(new Float64Array(buffer), (piece) => piece)
    case 'F16':
      return yield* convert(new Uint16Array(buffer), fromFloat16)
    case 'BF16':
      return yield* convert(new Uint16Array(buffer), fromBfloat16)
    default:
      return undefined
  }
}

/** As {@link toFloats}, for what is to be rounded to sixteen bits: the rounding is one, of float64 values, too. */
export function* toFloatsToRound(
  dtype: SafetensorsDtype,
  buffer: ArrayBuffer,
): Generator<void, Float32Array | undefined> {
  if (dtype !== 'F64') return yield* toFloats(dtype, buffer)
  const wide = new Float64Array(buffer)
  return yield* inPieces(wide, new Float32Array(wide.length), toOddFloats)
}

function narrow(wide: BigInt64Array | BigUint64Array | Uint32Array, start: number): Int32Array {
  const values = new Int32Array(wide.length)
  for (let i = 0; i < wide.length; i++) {
    const value = Number(wide[i]!)
    if (value > 0x7fffffff || value < -0x80000000) throw new WideIntegerError(wide[i]!, start + i)
    values[i] = value
  }
  return values
}

/** Int32 values of integers as they lie in a file; undefined for another type. @throws WideIntegerError */
export function* toIntegers(
  dtype: SafetensorsDtype,
  buffer: ArrayBuffer,
): Generator<void, Int32Array | undefined> {
  const convert = (wide: BigInt64Array | BigUint64Array | Uint32Array) =>
    inPieces(wide, new Int32Array(wide.length), narrow)
  switch (dtype) {
    case 'I32':
      return new Int32Array(buffer)
    case 'I64':
      return yield* convert(new BigInt64Array(buffer))
    case 'U64':
      return yield* convert(new BigUint64Array(buffer))
    case 'U32':
      return yield* convert(new Uint32Array(buffer))
    case 'I16':
      return Int32Array.from(new Int16Array(buffer))
    case 'U16':
      return Int32Array.from(new Uint16Array(buffer))
    case 'I8':
      return Int32Array.from(new Int8Array(buffer))
    case 'U8':
    case 'BOOL':
      return Int32Array.from(new Uint8Array(buffer))
    default:
      return undefined
  }
}
