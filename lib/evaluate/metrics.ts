import { MstaError } from '../runtime/errors.js'

/** Row-major [rows, classes] scores. */
export type Scores = Float32Array | Float64Array

function rowCount(scores: ArrayLike<number>, columns: number): number {
  if (!Number.isSafeInteger(columns) || columns < 1) {
    throw new MstaError('ERR_ARGUMENT', `The number of classes must be a positive integer, got ${columns}.`)
  }
  if (scores.length % columns !== 0) {
    throw new MstaError('ERR_SHAPE', `${scores.length} scores are not whole rows of ${columns} classes.`)
  }
  return scores.length / columns
}

function checkLabels(labels: ArrayLike<number>, rows: number, classes: number): void {
  if (labels.length !== rows) {
    throw new MstaError('ERR_SHAPE', `${labels.length} labels do not match ${rows} rows of scores.`)
  }
  for (let i = 0; i < rows; i++) {
    const label = labels[i]!
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new MstaError('ERR_ARGUMENT', `Label ${label} at index ${i} is outside 0 to ${classes - 1}.`)
    }
  }
}

/** How many classes score above the label, or equal to it at a lower index: 0 when it is the best. */
function rankOfLabel(scores: ArrayLike<number>, start: number, classes: number, label: number): number {
  const own = scores[start + label]!
  // A score that is no number is a failed prediction, never a hit.
  if (Number.isNaN(own)) return classes
  let rank = 0
  for (let c = 0; c < classes; c++) {
    const other = scores[start + c]!
    if (other > own || (other === own && c < label)) rank++
  }
  return rank
}

/** Share of rows of [rows, classes] scores whose label is among the `k` best, 0 to 1; NaN without rows. */
export function topKAccuracy(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  k: number,
): number {
  const rows = rowCount(scores, classes)
  checkLabels(labels, rows, classes)
  if (!Number.isSafeInteger(k) || k < 1)
    throw new MstaError('ERR_ARGUMENT', `k must be a positive integer, got ${k}.`)
  let hits = 0
  for (let row = 0; row < rows; row++) {
    if (rankOfLabel(scores, row * classes, classes, labels[row]!) < k) hits++
  }
  return hits / rows
}

/** Best class of every row; equal scores by lower class index. */
export function predictions(scores: ArrayLike<number>, classes: number): Int32Array {
  const rows = rowCount(scores, classes)
  const best = new Int32Array(rows)
  for (let row = 0; row < rows; row++) {
    let highest = Number.NEGATIVE_INFINITY
    for (let c = 0; c < classes; c++) {
      const score = scores[row * classes + c]!
      if (score > highest) {
        highest = score
        best[row] = c
      }
    }
  }
  return best
}

/** Row-major [classes, classes] counts: row = label, column = prediction. */
export function confusionMatrix(
  predicted: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): Int32Array {
  checkLabels(labels, predicted.length, classes)
  checkLabels(predicted, predicted.length, classes)
  const counts = new Int32Array(classes * classes)
  for (let i = 0; i < labels.length; i++) counts[labels[i]! * classes + predicted[i]!]! += 1
  return counts
}

/** Accuracy of every class, from a confusion matrix; NaN for a class without samples. */
export function perClassAccuracy(confusion: ArrayLike<number>, classes: number): Float64Array {
  if (rowCount(confusion, classes) !== classes) {
    throw new MstaError(
      'ERR_SHAPE',
      `A confusion matrix of ${classes} classes has ${classes ** 2} counts, got ${confusion.length}.`,
    )
  }
  return Float64Array.from({ length: classes }, (_, label) => {
    let samples = 0
    for (let c = 0; c < classes; c++) samples += confusion[label * classes + c]!
    return confusion[label * classes + label]! / samples
  })
}

/** Harmonic mean 2ab/(a+b) of two accuracies; 0 when both are 0. Throws ERR_ARGUMENT for a negative one. */
export function harmonicMean(a: number, b: number): number {
  if (a < 0 || b < 0)
    throw new MstaError('ERR_ARGUMENT', `A harmonic mean takes no negative values, got ${a} and ${b}.`)
  return a + b === 0 ? 0 : (2 * a * b) / (a + b)
}

/** A mean with the standard deviation around it. */
export interface Spread {
  mean: number
  /** Square root of the sum of squared deviations over (count - ddof); NaN when count <= ddof. */
  std: number
  ddof: number
  count: number
}

/** Mean and standard deviation; `ddof` 0 is the population's, 1 the sample's. NaN without values. */
export function meanAndStd(values: ArrayLike<number>, ddof = 0): Spread {
  const list = Array.from(values)
  const count = list.length
  const mean = list.reduce((sum, value) => sum + value, 0) / count
  const squares = list.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, std: count > ddof ? Math.sqrt(squares / (count - ddof)) : Number.NaN, ddof, count }
}
