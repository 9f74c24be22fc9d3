import type { DType } from '../../../lib/runtime/binding.js'
import type { KernelCase, KernelSpec } from '../spec.js'

type Shape = { rows: number; width: number; count: number }
type Inputs = { x: Float64Array; indices: Float64Array }
type BackwardInputs = { grad: Float64Array } & Inputs

function forward({ x, indices }: Inputs, { width, count }: Shape) {
  const out = new Float64Array(count * width)
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < width; c++) out[i * width + c] = x[indices[i]! * width + c]!
  }
  return { out }
}

function backward({ grad, indices }: BackwardInputs, { rows, width, count }: Shape) {
  const gradX = new Float64Array(rows * width)
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < width; c++) gradX[indices[i]! * width + c]! += grad[i * width + c]!
  }
  return { grad_x: gradX }
}

type Dims = readonly [rows: number, width: number, count: number]

const describe = ([rows, width, count]: Dims, from: DType, to: DType) =>
  `${count} of ${rows}x${width} ${[...new Set([from, to])].join('/')}`

function forwardCase(dims: Dims, from: DType = 'float32', to: DType = from): KernelCase {
  const [rows, width, count] = dims
  return {
    name: describe(dims, from, to),
    numbers: { rows, width, count } satisfies Shape,
    operands: [
      { name: 'x', role: 'in', dtype: from, shape: [rows, width], fill: { normal: 1 } },
      { name: 'indices', role: 'in', dtype: 'int32', shape: [count], fill: { below: rows } },
      { name: 'out', role: 'out', dtype: to, shape: [count, width] },
    ],
    flops: 0,
    bytes: 2 * count * width * (from === 'float32' ? 4 : 2),
  }
}

function backwardCase(dims: Dims, from: DType = 'float32', to: DType = from): KernelCase {
  const [rows, width, count] = dims
  return {
    name: describe(dims, from, to),
    numbers: { rows, width, count } satisfies Shape,
    operands: [
      { name: 'x', role: 'aside', dtype: from, shape: [rows, width], fill: { normal: 1 } },
      { name: 'grad', role: 'in', dtype: from, shape: [count, width], fill: { normal: 1 } },
      { name: 'indices', role: 'in', dtype: 'int32', shape: [count], fill: { below: rows } },
      { name: 'grad_x', role: 'out', dtype: to, shape: [rows, width] },
    ],
    flops: count * width,
  }
}

const dims: readonly Dims[] = [
  [1, 1, 1],
  [3, 17, 9],
  [65, 33, 4],
  [4, 16, 50],
  [33, 8, 33],
  [7, 5, 600],
]

const forwardSpec: KernelSpec<Shape, Inputs> = {
  kernel: 'gather_rows_forward',
  cases: [
    ...dims.map((each) => forwardCase(each)),
    forwardCase([3, 5, 0]),
    forwardCase(dims[1]!, 'bfloat16'),
    forwardCase(dims[1]!, 'bfloat16', 'float32'),
    forwardCase(dims[1]!, 'float32', 'bfloat16'),
  ],
  bench: [forwardCase([4800, 512, 400])],
  // A copy: nothing is rounded but what the output's storage rounds.
  tolerance: { float32: 0, bfloat16Roundings: 1 },
  reference: forward,
}

const backwardSpec: KernelSpec<Shape, BackwardInputs> = {
  kernel: 'gather_rows_backward',
  cases: [
    ...dims.map((each) => backwardCase(each)),
    backwardCase([3, 5, 0]),
    backwardCase(dims[1]!, 'bfloat16'),
    backwardCase(dims[1]!, 'bfloat16', 'float32'),
    backwardCase(dims[3]!, 'bfloat16'),
  ],
  bench: [backwardCase([4800, 512, 400])],
  tolerance: { float32: 2e-6, bfloat16Roundings: 1.001 },
  reference: backward,
  gradients: {
    objective(inputs, shape) {
      return forward(inputs, shape).out.reduce((total, value, at) => total + value * inputs.grad[at]!, 0)
    },
    of: { grad_x: 'x' },
  },
}

/** gather_rows_forward and gather_rows_backward. */
export const specs: readonly KernelSpec[] = [forwardSpec, backwardSpec]
