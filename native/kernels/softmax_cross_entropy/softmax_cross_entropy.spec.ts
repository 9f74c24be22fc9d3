import type { KernelCase, KernelSpec } from '../spec.js'

type Shape = { rows: number; classes: number }
type ForwardInputs = { logits: Float64Array; labels: Float64Array }
type BackwardInputs = ForwardInputs & { grad: Float64Array; probabilities: Float64Array }

function forward({ logits, labels }: ForwardInputs, { rows, classes }: Shape) {
  const probabilities = new Float64Array(rows * classes)
  let loss = 0
  for (let r = 0; r < rows; r++) {
    const row = logits.subarray(r * classes, (r + 1) * classes)
    const highest = row.reduce((best, x) => Math.max(best, x), Number.NEGATIVE_INFINITY)
    const total = row.reduce((sum, x) => sum + Math.exp(x - highest), 0)
    for (let c = 0; c < classes; c++) probabilities[r * classes + c] = Math.exp(row[c]! - highest) / total
    loss += (highest + Math.log(total) - row[labels[r]!]!) / rows
  }
  return { loss: Float64Array.of(loss), probabilities }
}

function backward({ grad, probabilities, labels }: BackwardInputs, { rows, classes }: Shape) {
  const gradLogits = new Float64Array(rows * classes)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < classes; c++) {
      const target = labels[r] === c ? 1 : 0
      gradLogits[r * classes + c] = (grad[0]! * (probabilities[r * classes + c]! - target)) / rows
    }
  }
  return { grad_logits: gradLogits }
}

function forwardCase(rows: number, classes: number, spread = 1): KernelCase {
  return {
    name: `${rows}x${classes}${spread === 1 ? '' : ` spread ${spread}`}`,
    numbers: { rows, classes } satisfies Shape,
    operands: [
      { name: 'logits', role: 'in', dtype: 'float32', shape: [rows, classes], fill: { normal: spread } },
      { name: 'labels', role: 'in', dtype: 'int32', shape: [rows], fill: { below: classes } },
      { name: 'loss', role: 'out', dtype: 'float32', shape: [1] },
      { name: 'probabilities', role: 'out', dtype: 'float32', shape: [rows, classes] },
    ],
    flops: 5 * rows * classes,
  }
}

function backwardCase(rows: number, classes: number): KernelCase {
  const probabilities = (inputs: object) => forward(inputs as ForwardInputs, { rows, classes }).probabilities
  return {
    name: `${rows}x${classes}`,
    numbers: { rows, classes } satisfies Shape,
    operands: [
      { name: 'logits', role: 'aside', dtype: 'float32', shape: [rows, classes], fill: { normal: 1 } },
      { name: 'grad', role: 'in', dtype: 'float32', shape: [1], fill: { values: [0.7] } },
      {
        name: 'probabilities',
        role: 'in',
        dtype: 'float32',
        shape: [rows, classes],
        fill: { derived: (inputs) => probabilities({ ...inputs, labels: new Float64Array(rows) }) },
      },
      { name: 'labels', role: 'in', dtype: 'int32', shape: [rows], fill: { below: classes } },
      { name: 'grad_logits', role: 'out', dtype: 'float32', shape: [rows, classes] },
    ],
    flops: 2 * rows * classes,
  }
}

const shapes = [
  [1, 2],
  [3, 3],
  [2, 17],
  [17, 33],
  [65, 8],
  [32, 51],
  [5, 400],
] as const

const forwardSpec: KernelSpec<Shape, ForwardInputs> = {
  kernel: 'softmax_cross_entropy_forward',
  cases: [
    ...shapes.map(([rows, classes]) => forwardCase(rows, classes)),
    forwardCase(9, 1),
    // Cosines over a temperature of 0.01 reach 100.
    forwardCase(20, 51, 40),
  ],
  bench: [forwardCase(32, 400)],
  tolerance: { float32: 2e-6, bfloat16Roundings: 2 },
  reference: forward,
}

const backwardSpec: KernelSpec<Shape, BackwardInputs> = {
  kernel: 'softmax_cross_entropy_backward',
  cases: [...shapes.map(([rows, classes]) => backwardCase(rows, classes)), backwardCase(0, 5)],
  bench: [backwardCase(32, 400)],
  tolerance: { float32: 1e-5, bfloat16Roundings: 2 },
  reference: backward,
  gradients: {
    objective: (inputs, shape) => inputs.grad[0]! * forward(inputs, shape).loss[0]!,
    of: { grad_logits: 'logits' },
  },
}

/** softmax_cross_entropy_forward and softmax_cross_entropy_backward. */
export const specs: readonly KernelSpec[] = [forwardSpec, backwardSpec]
