import { setImmediate } from 'node:timers/promises'

/** Rows projected to two dimensions. */
export interface Projection {
  /** One a row. */
  points: { x: number; y: number }[]
  /** Share of the variance that each of the two directions has, 0 to 1. */
  explained: [number, number]
}

const ROUNDS = 60

/**
 * The first two principal components of equally long rows, by power iteration; the same for the same rows. Rows are
 * scaled to length 1 first: directions are what the model compares.
 */
export async function project(rows: readonly ArrayLike<number>[], signal?: AbortSignal): Promise<Projection> {
  if (rows.length === 0) return { points: [], explained: [0, 0] }
  const centred = centre(rows.map(unit))
  const variance = centred.reduce((sum, row) => sum + dot(row, row), 0)
  const first = await component(centred, [], signal)
  const second = await component(centred, [first.direction], signal)
  return {
    points: centred.map((row) => ({ x: dot(row, first.direction), y: dot(row, second.direction) })),
    explained: variance === 0 ? [0, 0] : [first.variance / variance, second.variance / variance],
  }
}

function unit(row: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(row)
  const length = Math.sqrt(dot(values, values)) || 1
  return values.map((value) => value / length)
}

function centre(rows: readonly Float64Array[]): Float64Array[] {
  const mean = rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length)
  return rows.map((row) => row.map((value, i) => value - mean[i]!))
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** The direction of the greatest variance at right angles to `others`. */
async function component(
  rows: readonly Float64Array[],
  others: readonly Float64Array[],
  signal: AbortSignal | undefined,
): Promise<{ direction: Float64Array; variance: number }> {
  // Any start that is no direction of the rows by chance; a fixed one gives the same map every time.
  let direction = unit(rows[0]!.map((_, i) => Math.sin(i + 1)))
  let variance = 0
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(direction.length)
    variance = 0
    for (const row of rows) {
      const along = dot(row, direction)
      variance += along * along
      for (let i = 0; i < next.length; i++) next[i]! += along * row[i]!
    }
    for (const other of others) {
      const along = dot(next, other)
      for (let i = 0; i < next.length; i++) next[i]! -= along * other[i]!
    }
    if (dot(next, next) === 0) return { direction: next, variance: 0 }
    direction = unit(next)
    await setImmediate()
    signal?.throwIfAborted()
  }
  return { direction, variance }
}
