// Elements between two yields: a fraction of a millisecond.
const RUN = 1 << 15

type Elements = Uint8Array | Uint16Array | Uint32Array

/** Moves the outer indices to the next row; returns by how many elements its start lies further on. */
function advance(index: number[], shape: readonly number[], strides: readonly number[]): number {
  let moved = 0
  for (let axis = index.length - 1; axis >= 0; axis--) {
    moved += strides[axis]!
    if (++index[axis]! < shape[axis]!) return moved
    moved -= shape[axis]! * strides[axis]!
    index[axis] = 0
  }
  return moved
}

function* copy(
  source: Elements,
  target: Elements,
  shape: readonly number[],
  strides: readonly number[],
): Generator<void> {
  const index = new Array<number>(shape.length - 1).fill(0)
  const width = shape.at(-1)!
  const stride = strides.at(-1)!
  let sinceYield = 0
  let from = 0
  for (let row = 0; row < target.length; row += width) {
    for (let begin = 0; begin < width; begin += RUN) {
      const end = Math.min(width, begin + RUN)
      for (let i = begin; i < end; i++) target[row + i] = source[from + i * stride]!
      sinceYield += end - begin
      if (sinceYield < RUN) continue
      sinceYield = 0
      yield
    }
    from += advance(index, shape, strides)
  }
}

/** Elements from the first to behind the last that a tensor with these strides takes; 0 for an empty one. */
export function spanOf(shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return 0
  return shape.reduce((span, size, axis) => span + (size - 1) * strides[axis]!, 1)
}

/**
 * The values of a tensor in row-major order without gaps. `source` begins with its first element; `strides` are in
 * elements of `elementBytes` (1, 2, 4 or 8).
 */
export function* gather(
  source: ArrayBuffer,
  elementBytes: number,
  shape: readonly number[],
  strides: readonly number[],
): Generator<void, ArrayBuffer> {
  const count = shape.reduce((product, size) => product * size, 1)
  const target = new ArrayBuffer(count * elementBytes)
  // Eight bytes as two words, so that neither BigInt (slow) nor a double (which changes some NaN) carries them.
  if (elementBytes === 8) {
    const words = [...strides.map((stride) => stride * 2), 1]
    yield* copy(new Uint32Array(source), new Uint32Array(target), [...shape, 2], words)
  } else {
    const Elements = elementBytes === 4 ? Uint32Array : elementBytes === 2 ? Uint16Array : Uint8Array
    yield* copy(new Elements(source), new Elements(target), [1, ...shape], [0, ...strides])
  }
  return target
}
