import type { DType } from '../../../lib/runtime/binding.js'
import type { KernelCase, KernelSpec } from '../spec.js'

type Shape = { rows: number; width: number; eps: number }
type ForwardInputs = { x: Float64Array; weight: Float64Array; bias: Float64Array }
type BackwardInputs = ForwardInputs & { grad: Float64Array; mean: Float64Array; rstd: Float64Array }

const EPS = 1e-5

function forward({ x, weight, bias }: ForwardInputs, { rows, width, eps }: Shape) {
  const out = new Float64Array(rows * width)
  const mean = new Float64Array(rows)
  const rstd = new Float64Array(rows)
  for (let r = 0; r < rows; r++) {
    let total = 0
    for (let c = 0; c < width; c++) total += x[r * width + c]!
    mean[r] = total / width
    let squares = 0
    for (let c = 0; c < width; c++) squares += (x[r * width + c]! - mean[r]!) ** 2
    rstd[r] = 1 / Math.sqrt(squares / width + eps)
    for (let c = 0; c < width; c++) {
      out[r * width + c] = (x[r * width + c]! - mean[r]!) * rstd[r]! * weight[c]! + bias[c]!
    }
  }
  return { out, mean, rstd }
}

function backward({ grad, x, weight, mean, rstd }: BackwardInputs, { rows, width }: Shape) {
  const gradX = new Float64Array(rows * width)
  const gradWeight = new Float64Array(width)
  const gradBias = new Float64Array(width)
  for (let r = 0; r < rows; r++) {
    const normalised = (c: number) => (x[r * width + c]! - mean[r]!) * rstd[r]!
    let meanGrad = 0
    let meanProduct = 0
    for (let c = 0; c < width; c++) {
      const g = grad[r * width + c]!
      gradWeight[c]! += g * normalised(c)
      gradBias[c]! += g
      meanGrad += (g * weight[c]!) / width
      meanProduct += (g * weight[c]! * normalised(c)) / width
    }
    for (let c = 0; c < width; c++) {
      const g = grad[r * width + c]! * weight[c]!
      gradX[r * width + c] = rstd[r]! * (g - meanGrad - normalised(c) * meanProduct)
    }
  }
  return { grad_x: gradX, grad_weight: gradWeight, grad_bias: gradBias }
}

interface Options {
  dtype?: DType
  out?: DType
  weight?: DType
  mean?: number
  statistics?: boolean
  constant?: boolean
}

function forwardCase(rows: number, width: number, options: Options = {}): KernelCase {
  const {
    dtype = 'float32',
    out = dtype,
    weight = dtype,
    mean = 0,
    statistics = true,
    constant = false,
  } = options
  const words = [
    mean ? `mean ${mean}` : '',
    statistics ? '' : 'no statistics',
    constant ? 'constant rows' : '',
  ]
  const fill = constant ? { values: new Float64Array(rows * width).fill(3) } : { normal: 1, mean }
  return {
    name: [`${rows}x${width}`, [...new Set([dtype, weight, out])].join('/'), ...words]
      .filter(Boolean)
      .join(' '),
    numbers: { rows, width, eps: EPS },
    operands: [
      { name: 'x', role: 'in', dtype, shape: [rows, width], fill },
      { name: 'weight', role: 'in', dtype: weight, shape: [width], fill: { normal: 0.5, mean: 1 } },
      { name: 'bias', role: 'in', dtype: weight, shape: [width], fill: { normal: 1 } },
      { name: 'out', role: 'out', dtype: out, shape: [rows, width] },
      { name: 'mean', role: 'out', dtype: 'float32', shape: [rows], absent: !statistics },
      { name: 'rstd', role: 'out', dtype: 'float32', shape: [rows], absent: !statistics },
    ],
    flops: 8 * rows * width,
  }
}

interface BackwardOptions {
  dtype?: DType
  gradients?: DType
  wanted?: readonly ('x' | 'weight' | 'bias')[]
}

function backwardCase(rows: number, width: number, options: BackwardOptions = {}): KernelCase {
  const { dtype = 'float32', gradients = dtype, wanted = ['x', 'weight', 'bias'] } = options
  const keep = (name: 'mean' | 'rstd') => ({
    derived: (inputs: object, numbers: object) => forward(inputs as ForwardInputs, numbers as Shape)[name],
  })
  const words = wanted.length < 3 ? [`only ${wanted.join(' and ')}`] : []
  return {
    name: [`${rows}x${width}`, [...new Set([dtype, gradients])].join('/'), ...words].join(' '),
    numbers: { rows, width, eps: EPS },
    operands: [
      { name: 'bias', role: 'aside', dtype, shape: [width], fill: { normal: 1 } },
      { name: 'grad', role: 'in', dtype, shape: [rows, width], fill: { normal: 1 } },
      { name: 'x', role: 'in', dtype, shape: [rows, width], fill: { normal: 2, mean: 1 } },
      { name: 'weight', role: 'in', dtype, shape: [width], fill: { normal: 0.5, mean: 1 } },
      { name: 'mean', role: 'in', dtype: 'float32', shape: [rows], fill: keep('mean') },
      { name: 'rstd', role: 'in', dtype: 'float32', shape: [rows], fill: keep('rstd') },
      { name: 'grad_x', role: 'out', dtype: gradients, shape: [rows, width], absent: !wanted.includes('x') },
      {
        name: 'grad_weight',
        role: 'out',
        dtype: gradients,
        shape: [width],
        absent: !wanted.includes('weight'),
      },
      { name: 'grad_bias', role: 'out', dtype: gradients, shape: [width], absent: !wanted.includes('bias') },
    ],
    flops: 12 * rows * width,
  }
}

const shapes = [
  [1, 5],
  [3, 7],
  [1, 17],
  [4, 4],
  [5, 8],
  [17, 33],
  [33, 16],
  [65, 65],
  [2, 512],
  [130, 20],
  [7, 769],
] as const

const forwardSpec: KernelSpec<Shape, ForwardInputs> = {
  kernel: 'layer_norm_forward',
  cases: [
    ...shapes.map(([rows, width]) => forwardCase(rows, width)),
    ...shapes.map(([rows, width]) => forwardCase(rows, width, { dtype: 'bfloat16' })),
    forwardCase(0, 8),
    forwardCase(9, 1),
    forwardCase(6, 100, { mean: 5 }),
    // Wider than what a warp holds of a row on a GPU.
    forwardCase(3, 1100),
    forwardCase(2, 2048, { dtype: 'bfloat16' }),
    forwardCase(6, 100, { constant: true }),
    forwardCase(6, 100, { statistics: false }),
    forwardCase(6, 50, { dtype: 'bfloat16', weight: 'float32', out: 'float32' }),
    forwardCase(6, 50, { dtype: 'float32', weight: 'bfloat16', out: 'bfloat16' }),
  ],
  bench: [forwardCase(1569, 768), forwardCase(1569, 768, { dtype: 'bfloat16' })],
  tolerance: { float32: 2e-6, bfloat16Roundings: 2 },
  reference: forward,
}

const backwardSpec: KernelSpec<Shape, BackwardInputs> = {
  kernel: 'layer_norm_backward',
  cases: [
    ...shapes.map(([rows, width]) => backwardCase(rows, width)),
    backwardCase(0, 8),
    backwardCase(300, 9),
    backwardCase(3, 1100),
    backwardCase(2, 2048, { dtype: 'bfloat16' }),
    backwardCase(5, 19, { wanted: ['x'] }),
    backwardCase(5, 19, { wanted: ['weight'] }),
    backwardCase(5, 19, { wanted: ['bias'] }),
    backwardCase(17, 33, { dtype: 'bfloat16' }),
    backwardCase(17, 33, { dtype: 'bfloat16', gradients: 'float32' }),
    backwardCase(3, 512, { dtype: 'bfloat16' }),
  ],
  bench: [backwardCase(1569, 768), backwardCase(1569, 768, { dtype: 'bfloat16', wanted: ['x'] })],
  tolerance: { float32: 1e-5, bfloat16Roundings: 2 },
  reference: backward,
  gradients: {
    objective(inputs, numbers) {
      return forward(inputs, numbers).out.reduce((total, value, at) => total + value * inputs.grad[at]!, 0)
    },
    of: { grad_x: 'x', grad_weight: 'weight', grad_bias: 'bias' },
  },
}

/** layer_norm_forward and layer_norm_backward. */
export const specs: readonly KernelSpec[] = [forwardSpec, backwardSpec]
