import type { DType } from '../../../lib/runtime/binding.js'
import type { Fill, KernelCase, KernelSpec } from '../spec.js'

type Shape = { rows: number; columns: number; width: number; scale: number; paired: number }
type ForwardInputs = { a: Float64Array; b: Float64Array }
type BackwardInputs = ForwardInputs & { grad: Float64Array }

/** Calls `visit` for every cosine wanted, with its place in the output. */
function eachPair({ rows, columns, paired }: Shape, visit: (i: number, j: number, at: number) => void): void {
  for (let i = 0; i < rows; i++) {
    if (paired) visit(i, i, i)
    else for (let j = 0; j < columns; j++) visit(i, j, i * columns + j)
  }
}

function products({ a, b }: ForwardInputs, width: number, i: number, j: number) {
  let [ab, aa, bb] = [0, 0, 0]
  for (let c = 0; c < width; c++) {
    const [x, y] = [a[i * width + c]!, b[j * width + c]!]
    ab += x * y
    aa += x * x
    bb += y * y
  }
  return { ab, aa, bb }
}

function forward(inputs: ForwardInputs, shape: Shape) {
  const out = new Float64Array(shape.paired ? shape.rows : shape.rows * shape.columns)
  eachPair(shape, (i, j, at) => {
    const { ab, aa, bb } = products(inputs, shape.width, i, j)
    out[at] = aa > 0 && bb > 0 ? (shape.scale * ab) / Math.sqrt(aa * bb) : 0
  })
  return { out }
}

/** The derivative at a zero vector is taken as zero, its cosine being the constant 0. */
function backward(inputs: BackwardInputs, shape: Shape) {
  const { a, b, grad } = inputs
  const gradA = new Float64Array(a.length)
  const gradB = new Float64Array(b.length)
  eachPair(shape, (i, j, at) => {
    const { ab, aa, bb } = products(inputs, shape.width, i, j)
    if (!(aa > 0 && bb > 0)) return
    const g = (grad[at]! * shape.scale) / Math.sqrt(aa * bb)
    for (let c = 0; c < shape.width; c++) {
      const [x, y] = [a[i * shape.width + c]!, b[j * shape.width + c]!]
      gradA[i * shape.width + c]! += g * (y - (ab / aa) * x)
      gradB[j * shape.width + c]! += g * (x - (ab / bb) * y)
    }
  })
  return { grad_a: gradA, grad_b: gradB }
}

interface Options {
  paired?: boolean
  scale?: number
  dtype?: DType
  /** Row 0 of a and the last row of b are zero. */
  zeroRows?: boolean
  wanted?: 'both' | 'a' | 'b'
}

type Dims = readonly [rows: number, columns: number, width: number]

function describe(dims: Dims, options: Options): string {
  const words = [dims.join('x'), options.dtype ?? 'float32', options.paired ? 'paired' : '']
  words.push(options.scale ? `scale ${options.scale}` : '', options.zeroRows ? 'zero rows' : '')
  words.push((options.wanted ?? 'both') === 'both' ? '' : `only ${options.wanted}`)
  return words.filter(Boolean).join(' ')
}

function fills([rows, columns, width]: Dims, zeroRows: boolean | undefined): { a: Fill; b: Fill } {
  if (!zeroRows) return { a: { normal: 1 }, b: { normal: 2, mean: 0.3 } }
  const wave = (length: number, zero: number, phase: number) => ({
    values: Float64Array.from({ length }, (_, at) =>
      Math.floor(at / width) === zero ? 0 : Math.sin(phase + at * at),
    ),
  })
  return { a: wave(rows * width, 0, 1), b: wave(columns * width, columns - 1, 2.5) }
}

function forwardCase(dims: Dims, options: Options = {}): KernelCase {
  const [rows, columns, width] = dims
  const { paired = false, scale = 1, dtype = 'float32' } = options
  const fill = fills(dims, options.zeroRows)
  return {
    name: describe(dims, options),
    numbers: { rows, columns, width, scale, paired: paired ? 1 : 0 } satisfies Shape,
    operands: [
      { name: 'a', role: 'in', dtype, shape: [rows, width], fill: fill.a },
      { name: 'b', role: 'in', dtype, shape: [columns, width], fill: fill.b },
      { name: 'out', role: 'out', dtype: 'float32', shape: paired ? [rows] : [rows, columns] },
    ],
    flops: 2 * width * (paired ? rows : rows * columns),
  }
}

function backwardCase(dims: Dims, options: Options = {}): KernelCase {
  const [rows, columns, width] = dims
  const { paired = false, scale = 1, dtype = 'float32', wanted = 'both' } = options
  const fill = fills(dims, options.zeroRows)
  return {
    name: describe(dims, options),
    numbers: { rows, columns, width, scale, paired: paired ? 1 : 0 } satisfies Shape,
    operands: [
      {
        name: 'grad',
        role: 'in',
        dtype: 'float32',
        shape: paired ? [rows] : [rows, columns],
        fill: { normal: 1 },
      },
      { name: 'a', role: 'in', dtype, shape: [rows, width], fill: fill.a },
      { name: 'b', role: 'in', dtype, shape: [columns, width], fill: fill.b },
      { name: 'grad_a', role: 'out', dtype, shape: [rows, width], absent: wanted === 'b' },
      { name: 'grad_b', role: 'out', dtype, shape: [columns, width], absent: wanted === 'a' },
    ],
    flops: 6 * width * (paired ? rows : rows * columns),
    ...(options.zeroRows ? { differentiable: false } : {}),
  }
}

const dims: readonly Dims[] = [
  [1, 1, 5],
  [3, 7, 17],
  [17, 3, 33],
  [5, 65, 16],
  [33, 9, 64],
  [2, 51, 512],
  [3, 5, 1100],
]

function both(build: (dims: Dims, options?: Options) => KernelCase): KernelCase[] {
  return [
    ...dims.map((each) => build(each, { scale: 100 })),
    ...dims.map(([rows, , width]) => build([rows, rows, width], { paired: true })),
    build([0, 5, 8]),
    build([5, 0, 8]),
    build([0, 0, 8], { paired: true }),
    build([4, 6, 12], { zeroRows: true, scale: 3 }),
    build([5, 5, 12], { zeroRows: true, paired: true }),
    build([5, 19, 33], { dtype: 'bfloat16' }),
    build([9, 9, 33], { dtype: 'bfloat16', paired: true }),
  ]
}

const forwardSpec: KernelSpec<Shape, ForwardInputs> = {
  kernel: 'cosine_forward',
  cases: both(forwardCase),
  bench: [forwardCase([32, 400, 512], { scale: 100 })],
  tolerance: { float32: 2e-6, bfloat16Roundings: 2 },
  reference: forward,
}

const backwardSpec: KernelSpec<Shape, BackwardInputs> = {
  kernel: 'cosine_backward',
  cases: [
    ...both(backwardCase),
    backwardCase([5, 19, 33], { wanted: 'a' }),
    backwardCase([5, 19, 33], { wanted: 'b' }),
    backwardCase([5, 5, 33], { wanted: 'b', paired: true }),
  ],
  bench: [backwardCase([32, 400, 512], { scale: 100 })],
  tolerance: { float32: 1e-5, bfloat16Roundings: 2 },
  reference: backward,
  gradients: {
    objective(inputs, shape) {
      return forward(inputs, shape).out.reduce((total, value, at) => total + value * inputs.grad[at]!, 0)
    },
    of: { grad_a: 'a', grad_b: 'b' },
  },
}

/** cosine_forward and cosine_backward. */
export const specs: readonly KernelSpec[] = [forwardSpec, backwardSpec]
