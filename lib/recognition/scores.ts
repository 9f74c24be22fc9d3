/** Softmax of one row of logits, in float64. */
export function softmax(logits: Float64Array): Float64Array {
  const highest = logits.reduce((best, x) => Math.max(best, x), Number.NEGATIVE_INFINITY)
  const exponentials = logits.map((x) => Math.exp(x - highest))
  const sum = exponentials.reduce((total, x) => total + x, 0)
  return exponentials.map((x) => x / sum)
}

/** Rows of numbers, row-major. */
interface Rows {
  data: Float32Array
  shape: readonly [rows: number, width: number]
}

function unitRows({ data, shape: [count, width] }: Rows): Float64Array[] {
  return Array.from({ length: count }, (_, r) => {
    const row = Float64Array.from(data.subarray(r * width, (r + 1) * width))
    const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0)) || 1
    return row.map((x) => x / length)
  })
}

/** Class scores of each view: softmax over classes of cosine / temperature (SPEC section 1). */
export function viewScores(views: Rows, classes: Rows, temperature: number): Float64Array[] {
  const targets = unitRows(classes)
  return unitRows(views).map((view) =>
    softmax(
      Float64Array.from(
        targets,
        (target) => target.reduce((dot, x, i) => dot + x * view[i]!, 0) / temperature,
      ),
    ),
  )
}

/** Mean of equally long rows. */
export function meanRow(rows: readonly Float64Array[]): Float64Array {
  return rows[0]!.map((_, c) => rows.reduce((sum, row) => sum + row[c]!, 0) / rows.length)
}

/**
 * The `k` best classes of one row of scores, best first; equal scores by lower class index, NaN last.
 * `k` above the number of classes gives all of them.
 */
export function topKClasses(row: ArrayLike<number>, k: number): number[] {
  const key = (c: number): number => (Number.isNaN(row[c]!) ? Number.NEGATIVE_INFINITY : row[c]!)
  const compare = (a: number, b: number): number => (key(a) === key(b) ? a - b : key(b) - key(a))
  const order = Array.from({ length: row.length }, (_, c) => c).sort(compare)
  return order.slice(0, k)
}
