import type { DType } from '../../../lib/runtime/binding.js'
import type { KernelCase, KernelSpec, OperandSpec } from '../spec.js'

type Shape = { rows: number; in: number; out: number; activation: number; packed: number; scale: number }
type ForwardInputs = {
  x: Float64Array
  weight: Float64Array
  bias?: Float64Array
  residual?: Float64Array
}
type BackwardInputs = ForwardInputs & { grad: Float64Array; pre?: Float64Array; bias: Float64Array }

const [NONE, QUICK_GELU, RELU] = [0, 1, 2]
/** Packings of a weight. */
const [PLAIN, FLOAT32, BFLOAT16, INT8] = [0, 1, 2, 3]

/** To the nearest integer, to the even one from the middle. */
function roundEven(x: number): number {
  const below = Math.floor(x)
  const rest = x - below
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below
}

/** To the nearest bfloat16, which has 8 significant bits. */
function toBfloat16(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return x
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(x))) - 7)
  return roundEven(x / unit) * unit
}

const SMALLEST_RANGE = 2 ** -100

/** Rows of x as int8 products see them: bytes around a zero point that fill the range of the row and 0. */
function quantizeRow(row: Float64Array): Float64Array {
  const [least, most] = [Math.min(0, ...row), Math.max(0, ...row)]
  const range = Math.fround(most - least)
  if (range < SMALLEST_RANGE) return row.map(() => 0)
  const [scale, inverse] = [Math.fround(range / 255), Math.fround(255 / range)]
  const zero = roundEven(Math.min(255, Math.fround(-least * inverse)))
  return row.map((x) => {
    const steps = Math.max(-zero, Math.min(255 - zero, Math.fround(x * inverse)))
    return scale * (roundEven(steps + zero) - zero)
  })
}

/** A column of the weight: whole numbers of magnitude 127 at most, times a scale. */
function quantizeColumn(column: Float64Array): { scale: number; steps: Float64Array } {
  const largest = column.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  if (largest < SMALLEST_RANGE) return { scale: 0, steps: column.map(() => 0) }
  const scale = Math.fround(largest / 127)
  return { scale, steps: column.map((x) => roundEven(Math.fround(x / scale))) }
}

function eachRow(x: Float64Array, width: number, change: (row: Float64Array) => Float64Array): Float64Array {
  const out = new Float64Array(x.length)
  for (let at = 0; at < x.length; at += width) out.set(change(x.subarray(at, at + width)), at)
  return out
}

/** x [rows, in] as a product with such a weight sees it. */
function roundedInput(x: Float64Array, depth: number, packed: number): Float64Array {
  if (packed === BFLOAT16) return x.map(toBfloat16)
  return packed === INT8 ? eachRow(x, depth, quantizeRow) : x
}

/** The weight [out, in] that a packed one stands for. */
function roundedWeight(weight: Float64Array, depth: number, packed: number): Float64Array {
  if (packed === BFLOAT16) return weight.map(toBfloat16)
  if (packed !== INT8) return weight
  return eachRow(weight, depth, (row) => {
    const { scale, steps } = quantizeColumn(row)
    return steps.map((step) => step * scale)
  })
}

/** The scale of each row of an int8 weight; 1 for others. */
function weightScales(weight: Float64Array, depth: number, packed: number): number[] {
  return Array.from({ length: weight.length / depth }, (_, o) =>
    packed === INT8 ? quantizeColumn(weight.subarray(o * depth, (o + 1) * depth)).scale : 1,
  )
}

function activate(activation: number, x: number): number {
  if (activation === QUICK_GELU) return x / (1 + Math.exp(-1.702 * x))
  return activation === RELU ? Math.max(0, x) : x
}

function slope(activation: number, x: number): number {
  if (activation === RELU) return x > 0 ? 1 : 0
  if (activation !== QUICK_GELU) return 1
  const sigmoid = 1 / (1 + Math.exp(-1.702 * x))
  return sigmoid + 1.702 * x * sigmoid * (1 - sigmoid)
}

function preActivation(
  { bias, ...inputs }: ForwardInputs,
  { rows, in: depth, out: columns, packed }: Shape,
): Float64Array {
  const x = roundedInput(inputs.x, depth, packed)
  const weight = roundedWeight(inputs.weight, depth, packed)
  const pre = new Float64Array(rows * columns)
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < columns; o++) {
      let total = bias ? bias[o]! : 0
      for (let i = 0; i < depth; i++) total += x[r * depth + i]! * weight[o * depth + i]!
      pre[r * columns + o] = total
    }
  }
  return pre
}

function forward(inputs: ForwardInputs, numbers: Shape) {
  const pre = preActivation(inputs, numbers)
  const out = pre.map(
    (value, at) =>
      (inputs.residual ? inputs.residual[at]! : 0) + numbers.scale * activate(numbers.activation, value),
  )
  return { out, pre }
}

function backward(
  { grad, x, weight: given, pre }: BackwardInputs,
  { rows, in: depth, out: columns, ...rest }: Shape,
) {
  const { packed } = rest
  const weight = given && roundedWeight(given, depth, packed)
  const scales = given && weightScales(given, depth, packed)
  // bfloat16 products take the gradient in bfloat16; int8 weights bring their scale to it before.
  const rounded = (gradPre: number, o: number) =>
    packed === BFLOAT16 || packed === INT8
      ? toBfloat16(Math.fround(gradPre * scales[o]!)) / (scales[o]! || 1)
      : gradPre
  const gradX = new Float64Array(rows * depth)
  const gradWeight = new Float64Array(columns * depth)
  const gradBias = new Float64Array(columns)
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < columns; o++) {
      const at = r * columns + o
      const gradPre = rest.scale * grad[at]! * (pre ? slope(rest.activation, pre[at]!) : 1)
      gradBias[o]! += gradPre
      for (let i = 0; i < depth; i++) {
        if (weight) gradX[r * depth + i]! += rounded(gradPre, o) * weight[o * depth + i]!
        if (x) gradWeight[o * depth + i]! += gradPre * x[r * depth + i]!
      }
    }
  }
  return { grad_x: gradX, grad_weight: gradWeight, grad_bias: gradBias }
}

interface Options {
  activation?: number
  scale?: number
  bias?: boolean
  residual?: boolean
  /** The residual is the output itself. */
  inPlace?: boolean
  pre?: boolean
  packed?: number
  x?: DType
  weight?: DType
  out?: DType
}

/** The packed form of the operand `weight`. */
function packedVia(depth: number, columns: number, packed: number): OperandSpec['via'] {
  const wide = Math.ceil(columns / 32) * 32
  const [elements, dtype] = (
    {
      [FLOAT32]: [depth * wide, 'float32'],
      [BFLOAT16]: [2 * Math.ceil(depth / 2) * wide, 'bfloat16'],
      [INT8]: [(4 * Math.ceil(depth / 4) + 8) * wide, 'uint8'],
    } as const
  )[packed]!
  return { kernel: 'linear_pack', numbers: { in: depth, out: columns, packed }, elements, dtype }
}

const packingWord = (packed: number) => ['', 'packed', 'packed bfloat16', 'packed int8'][packed]!

function describe(
  rows: number,
  depth: number,
  columns: number,
  dtypes: readonly DType[],
  words: string[],
): string {
  return [`${rows}x${depth}x${columns}`, [...new Set(dtypes)].join('/'), ...words.filter(Boolean)].join(' ')
}

function forwardCase(rows: number, depth: number, columns: number, options: Options = {}): KernelCase {
  const { activation = NONE, scale = 1, packed = PLAIN, inPlace = false } = options
  const { bias = true, residual = inPlace, pre = false } = options
  const { x = 'float32', weight = x, out = x } = options
  const words = [['', 'quick_gelu', 'relu'][activation]!, packingWord(packed), residual ? 'residual' : '']
  words.push(
    inPlace ? 'in place' : '',
    pre ? 'pre' : '',
    scale === 1 ? '' : `scale ${scale}`,
    bias ? '' : 'no bias',
  )
  // Pre-activations of about 1: where an activation bends.
  const spread = 1 / Math.sqrt(Math.max(1, depth))
  const operands: OperandSpec[] = [
    { name: 'x', role: 'in', dtype: x, shape: [rows, depth], fill: { normal: 1 } },
    { name: 'weight', role: 'in', dtype: weight, shape: [columns, depth], fill: { normal: spread } },
    { name: 'bias', role: 'in', dtype: weight, shape: [columns], fill: { normal: 1 }, absent: !bias },
    {
      name: 'residual',
      role: 'in',
      dtype: out,
      shape: [rows, columns],
      fill: { normal: 1 },
      absent: !residual,
    },
    {
      name: 'out',
      role: 'out',
      dtype: out,
      shape: [rows, columns],
      ...(inPlace ? { over: 'residual' } : {}),
    },
    { name: 'pre', role: 'out', dtype: out, shape: [rows, columns], absent: !pre },
  ]
  if (packed) operands[1] = { ...operands[1]!, via: packedVia(depth, columns, packed)! }
  return {
    name: describe(rows, depth, columns, [x, weight, out], words),
    numbers: { rows, in: depth, out: columns, activation, packed, scale },
    operands,
    flops: 2 * rows * depth * columns,
  }
}

interface BackwardOptions {
  activation?: number
  scale?: number
  wanted?: readonly ('x' | 'weight' | 'bias')[]
  packed?: number
  dtype?: DType
  grad?: DType
  gradients?: DType
}

function backwardCase(
  rows: number,
  depth: number,
  columns: number,
  options: BackwardOptions = {},
): KernelCase {
  const { activation = NONE, scale = 1, packed = PLAIN, wanted = ['x', 'weight', 'bias'] } = options
  const { dtype = 'float32', grad = dtype, gradients = dtype } = options
  const words = [['', 'quick_gelu', 'relu'][activation]!, scale === 1 ? '' : `scale ${scale}`]
  words.push(packingWord(packed))
  if (wanted.length < 3) words.push(`only ${wanted.join(' and ') || 'nothing'}`)
  const keepPre = (inputs: object, numbers: object) =>
    preActivation(inputs as ForwardInputs, numbers as Shape)
  const wants = (name: 'x' | 'weight' | 'bias') => wanted.includes(name)
  return {
    name: describe(rows, depth, columns, [dtype, grad, gradients], words),
    numbers: { rows, in: depth, out: columns, activation, packed, scale },
    // Products of rounded numbers have no slope of their own: theirs is that of the numbers rounded.
    differentiable: packed !== BFLOAT16 && packed !== INT8,
    operands: [
      { name: 'bias', role: 'aside', dtype, shape: [columns], fill: { normal: 1 } },
      { name: 'grad', role: 'in', dtype: grad, shape: [rows, columns], fill: { normal: 1 } },
      { name: 'x', role: 'in', dtype, shape: [rows, depth], fill: { normal: 1 }, absent: !wants('weight') },
      {
        name: 'weight',
        role: 'in',
        dtype,
        shape: [columns, depth],
        fill: { normal: 0.3 },
        absent: !wants('x'),
        ...(packed ? { via: packedVia(depth, columns, packed)! } : {}),
      },
      {
        name: 'pre',
        role: 'in',
        dtype,
        shape: [rows, columns],
        fill: { derived: keepPre },
        absent: activation === NONE,
      },
      { name: 'grad_x', role: 'out', dtype: gradients, shape: [rows, depth], absent: !wants('x') },
      {
        name: 'grad_weight',
        role: 'out',
        dtype: gradients,
        shape: [columns, depth],
        absent: !wants('weight'),
      },
      { name: 'grad_bias', role: 'out', dtype: gradients, shape: [columns], absent: !wants('bias') },
    ],
    flops: 2 * rows * depth * columns * ((wants('x') ? 1 : 0) + (wants('weight') ? 1 : 0)),
  }
}

/** Sizes around the register tile (4, 6, 14 rows), blocks of rows (16 to 112) and vectors and panels (4 to 32 columns). */
const edges: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [3, 17, 33],
  [4, 16, 8],
  [5, 7, 9],
  [6, 33, 16],
  [7, 65, 31],
  [13, 3, 32],
  [14, 4, 64],
  [15, 12, 65],
  [33, 64, 17],
  [48, 31, 3],
  [49, 20, 15],
  [56, 9, 40],
  [57, 128, 63],
  [113, 5, 100],
]

/**
 * Sizes around a GPU's tiles (64, 128 and 256 rows or columns, 16 or 32 of the depth), and a few rows or columns
 * with a great depth, which many blocks then share.
 */
const tiles: readonly (readonly [number, number, number])[] = [
  [65, 31, 63],
  [129, 72, 136],
  [250, 40, 508],
  [20, 4096, 72],
]

/**
 * Where a float32 matrix meets a bfloat16 one on a GPU, two bfloat16 numbers stand for each of the former: 2^-17
 * of it may be lost. Tensor cores also cut off where they should round when they add.
 */
const TENSOR_CORE_ROUNDINGS = 0.01

/** What a packing whose products round must do, with every part of the epilogue. */
function packedCases(packed: number): KernelCase[] {
  const every = { packed, activation: QUICK_GELU, residual: true, pre: true, scale: 0.3 }
  return [
    ...edges.map(([rows, depth, columns]) => forwardCase(rows, depth, columns, { packed })),
    ...edges.map(([rows, depth, columns]) => forwardCase(rows, depth, columns, { packed, x: 'bfloat16' })),
    forwardCase(0, 5, 7, { packed }),
    forwardCase(3, 0, 7, { packed }),
    forwardCase(3, 5, 0, { packed }),
    forwardCase(1, 768, 100, { packed }),
    forwardCase(4, 515, 33, { packed, x: 'bfloat16', out: 'float32' }),
    forwardCase(50, 2047, 40, { packed }),
    forwardCase(15, 2048, 33, { packed }),
    forwardCase(50, 2049, 40, { packed, inPlace: true }),
    forwardCase(2, 4100, 1200, { packed }),
    forwardCase(901, 9, 33, { packed }),
    forwardCase(113, 70, 1100, { packed, x: 'bfloat16' }),
    forwardCase(7, 19, 35, { packed, bias: false }),
    forwardCase(7, 19, 35, { packed, activation: RELU, pre: true }),
    forwardCase(21, 40, 70, every),
    forwardCase(21, 40, 70, { ...every, x: 'bfloat16' }),
    forwardCase(21, 41, 70, { ...every, x: 'bfloat16', out: 'float32', inPlace: true }),
    forwardCase(9, 24, 29, { packed, x: 'float32', weight: 'bfloat16', out: 'bfloat16' }),
  ]
}

const forwardSpec: KernelSpec<Shape, ForwardInputs> = {
  kernel: 'linear_forward',
  cases: [
    ...edges.map(([rows, depth, columns]) => forwardCase(rows, depth, columns)),
    ...edges.map(([rows, depth, columns]) =>
      forwardCase(rows, depth, columns, { packed: FLOAT32, x: 'bfloat16' }),
    ),
    forwardCase(0, 5, 7),
    forwardCase(3, 0, 7),
    forwardCase(3, 5, 0),
    forwardCase(15, 767, 33),
    forwardCase(50, 768, 33),
    forwardCase(15, 769, 33, { packed: FLOAT32 }),
    forwardCase(900, 20, 33),
    forwardCase(901, 800, 9, { packed: FLOAT32, activation: RELU }),
    forwardCase(50, 2100, 40, { activation: QUICK_GELU, residual: true, pre: true }),
    forwardCase(2, 1100, 1200),
    forwardCase(5, 1500, 37, { x: 'bfloat16', packed: FLOAT32, activation: QUICK_GELU }),
    forwardCase(7, 19, 35, { activation: QUICK_GELU }),
    forwardCase(7, 19, 35, { activation: RELU, pre: true }),
    forwardCase(7, 19, 35, { bias: false }),
    forwardCase(7, 19, 35, { bias: false, activation: QUICK_GELU, residual: true, scale: 0.3, pre: true }),
    forwardCase(21, 40, 70, { packed: FLOAT32, inPlace: true }),
    forwardCase(21, 40, 70, { inPlace: true, activation: RELU, scale: -2 }),
    forwardCase(21, 40, 70, {
      packed: FLOAT32,
      residual: true,
      x: 'bfloat16',
      activation: QUICK_GELU,
      pre: true,
    }),
    forwardCase(21, 40, 70, { inPlace: true, x: 'bfloat16' }),
    forwardCase(9, 24, 29, { x: 'bfloat16', weight: 'float32', out: 'float32' }),
    forwardCase(9, 24, 29, { x: 'bfloat16', weight: 'float32', out: 'bfloat16', packed: FLOAT32 }),
    forwardCase(9, 24, 29, { x: 'float32', weight: 'bfloat16', out: 'float32', residual: true }),
    forwardCase(9, 24, 29, { x: 'float32', weight: 'bfloat16', out: 'bfloat16', packed: FLOAT32 }),
    forwardCase(5, 2048, 33, { scale: 0.1 }),
    ...[BFLOAT16, INT8].flatMap((packed) => packedCases(packed)),
    ...tiles.map(([rows, depth, columns]) => forwardCase(rows, depth, columns)),
    ...tiles.map(([rows, depth, columns]) => forwardCase(rows, depth, columns, { x: 'bfloat16' })),
    forwardCase(129, 72, 136, {
      x: 'bfloat16',
      out: 'float32',
      activation: QUICK_GELU,
      scale: 0.5,
      inPlace: true,
      pre: true,
    }),
    forwardCase(20, 4096, 72, { x: 'bfloat16', activation: RELU, scale: 0.5, residual: true, pre: true }),
    forwardCase(70, 80, 72, { x: 'bfloat16', weight: 'float32', out: 'float32' }),
    forwardCase(70, 2048, 24, { x: 'float32', weight: 'bfloat16', out: 'float32' }),
  ],
  bench: [
    forwardCase(1569, 768, 2304, { packed: FLOAT32 }),
    forwardCase(1569, 768, 768, { packed: FLOAT32, inPlace: true }),
    forwardCase(1569, 768, 3072, { packed: FLOAT32, activation: QUICK_GELU }),
    forwardCase(1569, 3072, 768, { packed: FLOAT32, inPlace: true }),
    ...[BFLOAT16, INT8].flatMap((packed) => [
      forwardCase(1569, 768, 2304, { packed, x: 'bfloat16' }),
      forwardCase(1569, 768, 768, { packed, inPlace: true, x: 'bfloat16', out: 'float32' }),
      forwardCase(1569, 768, 3072, { packed, activation: QUICK_GELU, x: 'bfloat16' }),
      forwardCase(1569, 3072, 768, { packed, inPlace: true, x: 'bfloat16', out: 'float32' }),
    ]),
  ],
  tolerance: { float32: 2e-6, bfloat16Roundings: 2, tensorCoreRoundings: TENSOR_CORE_ROUNDINGS },
  reference: forward,
}

/** Gradients of a frozen layer, from its packed weight alone. */
function packedBackwardCases(packed: number): KernelCase[] {
  const frozen = { packed, wanted: ['x'] as const }
  return [
    ...edges.map(([rows, depth, columns]) => backwardCase(rows, depth, columns, frozen)),
    backwardCase(0, 5, 7, frozen),
    backwardCase(3, 0, 7, frozen),
    backwardCase(3, 5, 0, frozen),
    backwardCase(57, 100, 2051, frozen),
    backwardCase(3, 70, 33, { ...frozen, activation: QUICK_GELU, scale: 0.5 }),
    backwardCase(7, 19, 35, { ...frozen, activation: RELU }),
    backwardCase(17, 33, 65, { ...frozen, dtype: 'bfloat16' }),
    backwardCase(17, 65, 33, { ...frozen, dtype: 'bfloat16', grad: 'float32', gradients: 'float32' }),
    backwardCase(7, 19, 35, { packed, wanted: ['x', 'bias'] }),
  ]
}

const backwardSpec: KernelSpec<Shape, BackwardInputs> = {
  kernel: 'linear_backward',
  cases: [
    ...edges.map(([rows, depth, columns]) => backwardCase(rows, depth, columns)),
    backwardCase(0, 5, 7),
    backwardCase(3, 0, 7),
    backwardCase(3, 5, 0),
    backwardCase(1030, 9, 20),
    backwardCase(6, 33, 1100),
    backwardCase(300, 17, 5, { activation: QUICK_GELU }),
    backwardCase(7, 19, 35, { activation: QUICK_GELU, scale: 0.3 }),
    backwardCase(7, 19, 35, { activation: RELU, scale: -2 }),
    backwardCase(7, 19, 35, { activation: QUICK_GELU, wanted: ['x'] }),
    backwardCase(7, 19, 35, { activation: RELU, wanted: ['weight'] }),
    backwardCase(7, 19, 35, { wanted: ['bias'] }),
    backwardCase(7, 19, 35, { wanted: [] }),
    backwardCase(17, 33, 65, { dtype: 'bfloat16' }),
    backwardCase(17, 33, 65, { dtype: 'bfloat16', activation: QUICK_GELU, scale: 0.5 }),
    backwardCase(17, 33, 65, { dtype: 'bfloat16', gradients: 'float32', activation: RELU }),
    backwardCase(136, 130, 72),
    backwardCase(136, 130, 72, { dtype: 'bfloat16' }),
    backwardCase(129, 72, 260, { dtype: 'bfloat16', activation: QUICK_GELU }),
    backwardCase(40, 508, 250, { dtype: 'bfloat16', gradients: 'float32' }),
    ...[FLOAT32, BFLOAT16, INT8].flatMap((packed) => packedBackwardCases(packed)),
    backwardCase(2100, 20, 24),
    backwardCase(2100, 72, 72, { dtype: 'bfloat16', gradients: 'float32', wanted: ['weight', 'bias'] }),
    backwardCase(2100, 24, 16, { dtype: 'bfloat16', grad: 'float32', gradients: 'float32' }),
    backwardCase(70, 80, 72, {
      dtype: 'bfloat16',
      grad: 'float32',
      gradients: 'float32',
      activation: QUICK_GELU,
      scale: 0.5,
    }),
  ],
  bench: [
    backwardCase(1569, 768, 3072, { activation: QUICK_GELU, wanted: ['x'] }),
    backwardCase(1569, 3072, 768, { wanted: ['x'] }),
    backwardCase(1569, 768, 3072, { activation: QUICK_GELU, wanted: ['x'], dtype: 'bfloat16' }),
    ...[FLOAT32, BFLOAT16, INT8].map((packed) =>
      backwardCase(1569, 3072, 768, { packed, wanted: ['x'], grad: 'float32' }),
    ),
  ],
  tolerance: { float32: 1e-5, bfloat16Roundings: 2, tensorCoreRoundings: TENSOR_CORE_ROUNDINGS },
  reference: backward,
  gradients: {
    objective(inputs, numbers) {
      const { out } = forward({ x: inputs.x, weight: inputs.weight, bias: inputs.bias }, numbers)
      return out.reduce((total, value, at) => total + value * inputs.grad[at]!, 0)
    },
    of: { grad_x: 'x', grad_weight: 'weight', grad_bias: 'bias' },
  },
}

function unpackCase(depth: number, columns: number, packed: number, weight: DType, out = weight): KernelCase {
  const shape = [columns, depth]
  return {
    name: describe(1, depth, columns, [weight, out], [packingWord(packed)]),
    numbers: { in: depth, out: columns, packed },
    operands: [
      {
        name: 'packed',
        role: 'in',
        dtype: weight,
        shape,
        fill: { normal: 1 },
        via: packedVia(depth, columns, packed)!,
      },
      { name: 'weight', role: 'out', dtype: out, shape },
    ],
    flops: 0,
  }
}

const unpackSpec: KernelSpec<{ in: number; packed: number }, { packed: Float64Array }> = {
  kernel: 'linear_unpack',
  cases: edges.flatMap(([, depth, columns]) => [
    unpackCase(depth, columns, FLOAT32, 'float32'),
    unpackCase(depth, columns, BFLOAT16, 'float32'),
    unpackCase(depth, columns, BFLOAT16, 'bfloat16', 'float32'),
    unpackCase(depth, columns, BFLOAT16, 'bfloat16'),
    unpackCase(depth, columns, INT8, 'float32'),
  ]),
  bench: [],
  // Copies, and products of a byte and a scale that need no rounding but float32's.
  tolerance: { float32: 6e-8, bfloat16Roundings: 0 },
  reference: ({ packed: weight }, numbers) => ({ weight: roundedWeight(weight, numbers.in, numbers.packed) }),
}

/** linear_forward (with linear_pack behind its packed cases), linear_backward, and linear_unpack of the CPU. */
export const specs: readonly KernelSpec[] = [forwardSpec, backwardSpec, unpackSpec]
