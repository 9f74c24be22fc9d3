import type { DType } from '../../../lib/runtime/binding.js'
import type { KernelCase, KernelSpec } from '../spec.js'

type Shape = {
  batch: number
  tokens: number
  heads: number
  headDim: number
  causal: number
  firstQueryOnly: number
}
type ForwardInputs = { qkv: Float64Array }
type BackwardInputs = ForwardInputs & { grad: Float64Array; out: Float64Array; logsumexp: Float64Array }

const queriesOf = ({ tokens, firstQueryOnly }: Shape) => (firstQueryOnly ? Math.min(1, tokens) : tokens)

/** Where q (part 0), k (1) or v (2) of one token and head starts in qkv. */
function start(
  { tokens, heads, headDim }: Shape,
  part: number,
  b: number,
  token: number,
  head: number,
): number {
  return (b * tokens + token) * 3 * heads * headDim + part * heads * headDim + head * headDim
}

function score(qkv: Float64Array, shape: Shape, b: number, head: number, query: number, key: number): number {
  const q = start(shape, 0, b, query, head)
  const k = start(shape, 1, b, key, head)
  let total = 0
  for (let d = 0; d < shape.headDim; d++) total += qkv[q + d]! * qkv[k + d]!
  return total / Math.sqrt(shape.headDim)
}

function forward({ qkv }: ForwardInputs, shape: Shape) {
  const { batch, tokens, heads, headDim } = shape
  const queries = queriesOf(shape)
  const out = new Float64Array(batch * queries * heads * headDim)
  const logsumexp = new Float64Array(batch * heads * queries)
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < queries; i++) {
        const scores: number[] = []
        for (let j = 0; j < (shape.causal ? i + 1 : tokens); j++) scores.push(score(qkv, shape, b, h, i, j))
        const highest = Math.max(...scores)
        const total = scores.reduce((sum, s) => sum + Math.exp(s - highest), 0)
        logsumexp[(b * heads + h) * queries + i] = highest + Math.log(total)
        scores.forEach((s, j) => {
          const v = start(shape, 2, b, j, h)
          for (let d = 0; d < headDim; d++) {
            const at = ((b * queries + i) * heads + h) * headDim + d
            out[at]! += (Math.exp(s - highest) / total) * qkv[v + d]!
          }
        })
      }
    }
  }
  return { out, logsumexp }
}

function backward({ grad, qkv, out, logsumexp }: BackwardInputs, shape: Shape) {
  const { batch, tokens, heads, headDim } = shape
  const queries = queriesOf(shape)
  const gradQkv = new Float64Array(qkv.length)
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < queries; i++) {
        const row = ((b * queries + i) * heads + h) * headDim
        const q = start(shape, 0, b, i, h)
        let along = 0
        for (let d = 0; d < headDim; d++) along += grad[row + d]! * out[row + d]!
        for (let j = 0; j < (shape.causal ? i + 1 : tokens); j++) {
          const k = start(shape, 1, b, j, h)
          const v = start(shape, 2, b, j, h)
          const probability = Math.exp(
            score(qkv, shape, b, h, i, j) - logsumexp[(b * heads + h) * queries + i]!,
          )
          let gradProbability = 0
          for (let d = 0; d < headDim; d++) {
            gradProbability += grad[row + d]! * qkv[v + d]!
            gradQkv[v + d]! += probability * grad[row + d]!
          }
          const gradScore = (probability * (gradProbability - along)) / Math.sqrt(headDim)
          for (let d = 0; d < headDim; d++) {
            gradQkv[q + d]! += gradScore * qkv[k + d]!
            gradQkv[k + d]! += gradScore * qkv[q + d]!
          }
        }
      }
    }
  }
  return { grad_qkv: gradQkv }
}

/** q about 16, k about -1.2, v about 0. */
function lowScores({ batch, tokens, heads, headDim }: Shape): Float64Array {
  const width = heads * headDim
  return Float64Array.from({ length: batch * tokens * 3 * width }, (_, i) => {
    const noise = Math.sin(i * 12.9898) * 43758.5453
    return 2 * (noise - Math.floor(noise)) - 1 + [16, -1.2, 0][Math.floor(i / width) % 3]!
  })
}

interface Options {
  causal?: boolean
  firstQueryOnly?: boolean
  dtype?: DType
  /** Of the output: out, or the gradient of qkv. */
  out?: DType
  /** Of the gradient that comes in. */
  grad?: DType
  /** Deviation of q, k and v. */
  spread?: number
  /** Scores near -150, so that e^-logsumexp is more than a float32 holds. */
  low?: boolean
  logsumexp?: boolean
  tolerance?: number
}

type Dims = readonly [batch: number, tokens: number, heads: number, headDim: number]

function describe(dims: Dims, options: Options): string {
  const { dtype = 'float32', out = dtype, grad = dtype, spread = 1 } = options
  const words = [dims.join('x'), [...new Set([dtype, out])].join('/'), spread === 1 ? '' : `spread ${spread}`]
  words.push(grad === dtype ? '' : `from ${grad}`)
  words.push(options.low ? 'low scores' : '')
  words.push(options.causal ? 'causal' : '', options.firstQueryOnly ? 'first query only' : '')
  words.push(options.logsumexp === false ? 'no logsumexp' : '')
  return words.filter(Boolean).join(' ')
}

function numbersOf([batch, tokens, heads, headDim]: Dims, options: Options): Shape {
  return {
    batch,
    tokens,
    heads,
    headDim,
    causal: options.causal ? 1 : 0,
    firstQueryOnly: options.firstQueryOnly ? 1 : 0,
  }
}

function products(shape: Shape): number {
  const pairs = queriesOf(shape) * shape.tokens * (shape.causal ? 0.5 : 1)
  return 2 * shape.batch * shape.heads * shape.headDim * pairs
}

function forwardCase(dims: Dims, options: Options = {}): KernelCase {
  const [batch, tokens, heads, headDim] = dims
  const { dtype = 'float32', out = dtype, spread = 1, logsumexp = true, tolerance } = options
  const shape = numbersOf(dims, options)
  const queries = queriesOf(shape)
  return {
    name: describe(dims, options),
    numbers: shape,
    operands: [
      {
        name: 'qkv',
        role: 'in',
        dtype,
        shape: [batch, tokens, 3 * heads * headDim],
        fill: { normal: spread },
      },
      { name: 'out', role: 'out', dtype: out, shape: [batch, queries, heads * headDim] },
      {
        name: 'logsumexp',
        role: 'out',
        dtype: 'float32',
        shape: [batch, heads, queries],
        absent: !logsumexp,
      },
    ],
    flops: 2 * products(shape),
    ...(tolerance ? { tolerance } : {}),
  }
}

function backwardCase(dims: Dims, options: Options = {}): KernelCase {
  const [batch, tokens, heads, headDim] = dims
  const { dtype = 'float32', out = dtype, grad = dtype, spread = 1, tolerance } = options
  const shape = numbersOf(dims, options)
  const queries = queriesOf(shape)
  const fill = options.low ? { derived: () => lowScores(shape) } : { normal: spread }
  const keep = (name: 'out' | 'logsumexp') => ({
    derived: (inputs: object) => forward(inputs as ForwardInputs, shape)[name],
  })
  const width = heads * headDim
  return {
    name: describe(dims, options),
    numbers: shape,
    operands: [
      { name: 'grad', role: 'in', dtype: grad, shape: [batch, queries, width], fill: { normal: 1 } },
      { name: 'qkv', role: 'in', dtype, shape: [batch, tokens, 3 * width], fill },
      { name: 'out', role: 'in', dtype, shape: [batch, queries, width], fill: keep('out') },
      {
        name: 'logsumexp',
        role: 'in',
        dtype: 'float32',
        shape: [batch, heads, queries],
        fill: keep('logsumexp'),
      },
      { name: 'grad_qkv', role: 'out', dtype: out, shape: [batch, tokens, 3 * width] },
    ],
    flops: 5 * products(shape),
    ...(tolerance ? { tolerance } : {}),
  }
}

const plain: readonly Dims[] = [
  [1, 1, 1, 4],
  [1, 2, 1, 1],
  [2, 3, 2, 20],
  [1, 5, 3, 7],
  [1, 17, 2, 32],
  [1, 33, 2, 64],
  [2, 65, 1, 64],
  [1, 48, 1, 80],
  [1, 15, 2, 128],
  [1, 64, 1, 16],
  [1, 129, 1, 20],
  [1, 197, 2, 64],
  [1, 300, 1, 8],
]
const masked: readonly Dims[] = [
  [1, 1, 1, 4],
  [2, 8, 2, 64],
  [3, 5, 1, 20],
  [1, 32, 2, 64],
  [1, 77, 1, 33],
  [1, 150, 1, 32],
]
const single: readonly Dims[] = [
  [3, 1, 2, 8],
  [2, 17, 3, 64],
  [1, 65, 1, 20],
  [2, 133, 2, 80],
]

/** What tensor cores take: multiples of 8 up to 80; one tile and several; few heads and (2x130x2x64) many. */
const tiled: readonly Dims[] = [
  [1, 150, 1, 32],
  [1, 140, 1, 64],
  [2, 130, 2, 64],
  [1, 129, 1, 80],
  [1, 5, 3, 8],
  [1, 70, 2, 24],
  [2, 77, 1, 40],
  [1, 65, 1, 72],
]
/** Sequences too short for the blocks of products, and the first that are not; one more token than whole blocks. */
const short: readonly Dims[] = [
  [2, 4, 2, 20],
  [3, 6, 1, 32],
  [2, 12, 2, 64],
  [1, 23, 1, 80],
  [1, 24, 2, 64],
  [1, 25, 1, 20],
  [1, 257, 1, 32],
]
/** Head dims beyond those of the fast kernels. */
const large: readonly Dims[] = [
  [1, 70, 2, 136],
  [1, 9, 1, 264],
]

function both(build: (dims: Dims, options?: Options) => KernelCase): KernelCase[] {
  const bfloat16 = { dtype: 'bfloat16' } as const
  return [
    ...tiled.map((dims) => build(dims, bfloat16)),
    ...tiled.map((dims) => build(dims, { ...bfloat16, causal: true })),
    ...short.flatMap((dims) => [
      build(dims),
      build(dims, { causal: true }),
      build(dims, bfloat16),
      build(dims, { ...bfloat16, causal: true }),
    ]),
    ...single.map((dims) => build(dims, { ...bfloat16, out: 'float32', firstQueryOnly: true })),
    build([2, 13, 2, 64], { ...bfloat16, out: 'float32', causal: true }),
    build([2, 13, 2, 64], { out: 'bfloat16', causal: true }),
    build([1, 41, 1, 33], bfloat16),
    ...large.map((dims) => build(dims)),
    ...large.map((dims) => build(dims, { causal: true })),
    ...large.map((dims) => build(dims, { firstQueryOnly: true })),
    ...single.map((dims) => build(dims, { ...bfloat16, firstQueryOnly: true })),
    build([2, 9, 2, 16], { ...bfloat16, causal: true, firstQueryOnly: true }),
    build([1, 20, 1, 256], { firstQueryOnly: true }),
    build([2, 130, 2, 64], { ...bfloat16, out: 'float32', causal: true }),
    build([1, 65, 1, 40], { out: 'bfloat16' }),
    build([1, 65, 1, 40], { out: 'bfloat16', firstQueryOnly: true }),
    ...plain.map((dims) => build(dims)),
    ...masked.map((dims) => build(dims, { causal: true })),
    ...single.map((dims) => build(dims, { firstQueryOnly: true })),
    build([0, 5, 2, 8]),
    build([2, 0, 2, 8]),
    build([2, 9, 2, 16], { causal: true, firstQueryOnly: true }),
    ...[plain[5]!, plain[8]!, plain[10]!].map((dims) => build(dims, { dtype: 'bfloat16' })),
    build([1, 33, 2, 20], { dtype: 'bfloat16', causal: true }),
    build([2, 65, 1, 64], { dtype: 'bfloat16', firstQueryOnly: true }),
    build([1, 33, 2, 64], { dtype: 'bfloat16', out: 'float32' }),
  ]
}

const forwardSpec: KernelSpec<Shape, ForwardInputs> = {
  kernel: 'attention_forward',
  cases: [
    ...both(forwardCase),
    forwardCase([1, 33, 2, 64], { logsumexp: false }),
    forwardCase([1, 33, 2, 64], { causal: true, logsumexp: false }),
    // Scores of +-100: the running maximum must move. A float32 score of 100 is off by 100 x 6e-8 at best,
    // and so is the exponential of it, relatively.
    forwardCase([1, 100, 2, 64], { spread: 5, tolerance: 2e-5 }),
    forwardCase([1, 100, 2, 64], { spread: 5, causal: true, tolerance: 2e-5 }),
    forwardCase([1, 200, 1, 64], { spread: 5, dtype: 'bfloat16', tolerance: 2e-5 }),
    forwardCase([2, 130, 2, 64], { spread: 5, dtype: 'bfloat16', causal: true, tolerance: 2e-5 }),
    forwardCase([2, 130, 2, 64], { dtype: 'bfloat16', logsumexp: false }),
    // The maximum moves from one block of keys to the next.
    forwardCase([1, 600, 1, 64], { spread: 5, tolerance: 2e-5 }),
    forwardCase([1, 600, 1, 64], { spread: 5, dtype: 'bfloat16', tolerance: 2e-5 }),
    forwardCase([2, 20, 2, 64], { spread: 5, causal: true, tolerance: 2e-5 }),
    forwardCase([1, 600, 2, 64], { spread: 5, firstQueryOnly: true, tolerance: 2e-5 }),
    forwardCase([2, 12, 2, 64], { causal: true, logsumexp: false }),
    // More blocks of queries and tiles of keys than the copy engine's ring and the emulated GPU have places.
    ...[false, true].flatMap((causal) => [
      forwardCase([3, 200, 2, 64], { dtype: 'bfloat16', causal }),
      forwardCase([1, 577, 1, 64], { dtype: 'bfloat16', out: 'float32', causal }),
    ]),
  ],
  bench: [
    forwardCase([1, 1569, 12, 64]),
    forwardCase([1, 1569, 12, 64], { dtype: 'bfloat16' }),
    forwardCase([1, 1569, 12, 64], { firstQueryOnly: true }),
    forwardCase([1, 1569, 12, 64], { firstQueryOnly: true, dtype: 'bfloat16' }),
    forwardCase([51, 12, 8, 64], { causal: true }),
    forwardCase([51, 12, 8, 64], { causal: true, dtype: 'bfloat16' }),
  ],
  // Products round the probabilities, and the output is their sum: one rounding, at random.
  tolerance: { float32: 2e-6, bfloat16Roundings: 2, tensorCoreRoundings: 1, cpuProductRoundings: 1 },
  reference: forward,
}

const backwardSpec: KernelSpec<Shape, BackwardInputs> = {
  kernel: 'attention_backward',
  cases: [
    ...both(backwardCase),
    backwardCase([1, 70, 2, 64], { dtype: 'bfloat16', grad: 'float32' }),
    backwardCase([1, 70, 2, 64], { grad: 'bfloat16' }),
    backwardCase([2, 12, 2, 64], { dtype: 'bfloat16', grad: 'float32', causal: true }),
    backwardCase([2, 12, 2, 64], { grad: 'bfloat16', causal: true }),
    backwardCase([2, 17, 3, 64], { dtype: 'bfloat16', grad: 'float32', firstQueryOnly: true }),
    backwardCase([1, 90, 2, 64], { dtype: 'bfloat16', low: true }),
    // The gradient that comes in is rounded too.
    backwardCase([1, 90, 2, 64], { dtype: 'bfloat16', grad: 'float32', low: true, tolerance: 1e-3 }),
  ],
  bench: [
    backwardCase([1, 1569, 12, 64]),
    backwardCase([1, 1569, 12, 64], { dtype: 'bfloat16' }),
    backwardCase([1, 1569, 12, 64], { firstQueryOnly: true }),
    backwardCase([51, 12, 8, 64], { causal: true }),
    backwardCase([51, 12, 8, 64], { causal: true, dtype: 'bfloat16' }),
  ],
  // The same of probabilities and gradients of scores.
  tolerance: { float32: 1e-5, bfloat16Roundings: 2, tensorCoreRoundings: 1.5, cpuProductRoundings: 1.5 },
  reference: backward,
  gradients: {
    objective(inputs, shape) {
      return forward(inputs, shape).out.reduce((total, value, at) => total + value * inputs.grad[at]!, 0)
    },
    of: { grad_qkv: 'qkv' },
  },
}

/** attention_forward and attention_backward. */
export const specs: readonly KernelSpec[] = [forwardSpec, backwardSpec]
