import type { DType } from '../../../lib/runtime/binding.js'
import type { KernelCase, KernelSpec } from '../spec.js'

type Shape = {
  batch: number
  patches: number
  frames: number
  inChannels: number
  outChannels: number
  groups: number
  kernel: number
  alpha: number
}
type ForwardInputs = Record<'z' | 'weight' | 'bias' | 'residual', Float64Array>
type BackwardInputs = ForwardInputs & { grad: Float64Array }

/** Calls `visit` for every product: index of the token read and written, of the channels and of the weight. */
function eachProduct(
  shape: Shape,
  visit: (from: number, to: number, out: number, weight: number) => void,
): void {
  const { batch, patches, frames, inChannels, outChannels, groups, kernel } = shape
  const [groupIn, groupOut] = [inChannels / groups, outChannels / groups]
  for (let b = 0; b < batch; b++) {
    for (let j = 0; j < patches; j++) {
      for (let t = 0; t < frames; t++) {
        for (let o = 0; o < outChannels; o++) {
          for (let k = 0; k < kernel; k++) {
            const source = t + k - (kernel - 1) / 2
            if (source < 0 || source >= frames) continue
            for (let i = 0; i < groupIn; i++) {
              const first = b * (1 + patches * frames) + 1 + j * frames
              const channel = Math.floor(o / groupOut) * groupIn + i
              const to = (first + t) * outChannels + o
              visit((first + source) * inChannels + channel, to, o, (o * groupIn + i) * kernel + k)
            }
          }
        }
      }
    }
  }
}

function forward({ z, weight, bias, residual }: ForwardInputs, shape: Shape) {
  const { batch, patches, frames, outChannels, alpha } = shape
  const out = residual.slice(0, batch * (1 + patches * frames) * outChannels)
  for (let row = 0; row < batch * (1 + patches * frames); row++) {
    if (row % (1 + patches * frames) === 0) continue
    for (let o = 0; o < outChannels; o++) out[row * outChannels + o]! += alpha * bias[o]!
  }
  eachProduct(shape, (from, to, _, at) => {
    out[to]! += alpha * weight[at]! * z[from]!
  })
  return { out }
}

function backward({ grad, z, weight, bias }: BackwardInputs, shape: Shape) {
  const { batch, patches, frames, outChannels, alpha } = shape
  const gradZ = new Float64Array(z.length)
  const gradWeight = new Float64Array(weight.length)
  const gradBias = new Float64Array(bias.length)
  for (let row = 0; row < batch * (1 + patches * frames); row++) {
    if (row % (1 + patches * frames) === 0) continue
    for (let o = 0; o < outChannels; o++) gradBias[o]! += alpha * grad[row * outChannels + o]!
  }
  eachProduct(shape, (from, to, _, at) => {
    gradZ[from]! += alpha * grad[to]! * weight[at]!
    gradWeight[at]! += alpha * grad[to]! * z[from]!
  })
  return { grad_z: gradZ, grad_weight: gradWeight, grad_bias: gradBias }
}

/** Dimensions [batch, patches, frames, in, out, groups, kernel]. */
type Dims = readonly [number, number, number, number, number, number, number]

interface Options {
  alpha?: number
  dtype?: DType
  weights?: DType
  inPlace?: boolean
  gradZ?: boolean
}

function setUp(dims: Dims, options: Options) {
  const [batch, patches, frames, inChannels, outChannels, groups, kernel] = dims
  const { alpha = 0.7, dtype = 'float32', weights = 'float32', inPlace = false } = options
  const words = [
    `${batch}x(1+${patches}x${frames})x${inChannels} to ${outChannels} in ${groups} kernel ${kernel}`,
  ]
  words.push([...new Set([dtype, weights])].join('/'), options.alpha === undefined ? '' : `alpha ${alpha}`)
  words.push(inPlace ? 'in place' : '', options.gradZ === false ? 'no grad_z' : '')
  const numbers: Shape = { batch, patches, frames, inChannels, outChannels, groups, kernel, alpha }
  const tokens = 1 + patches * frames
  const groupIn = inChannels / groups
  return {
    name: words.filter(Boolean).join(' '),
    numbers,
    dtype,
    weights,
    read: [batch, tokens, inChannels],
    written: [batch, tokens, outChannels],
    weight: [outChannels, groupIn, kernel, 1, 1],
    outChannels,
    flops: 2 * batch * patches * frames * outChannels * groupIn * kernel,
  }
}

function forwardCase(dims: Dims, options: Options = {}): KernelCase {
  const { name, numbers, dtype, weights, read, written, weight, outChannels, flops } = setUp(dims, options)
  const over = options.inPlace ? { over: 'residual' } : {}
  return {
    name,
    numbers,
    operands: [
      { name: 'z', role: 'in', dtype, shape: read, fill: { normal: 1 } },
      { name: 'weight', role: 'in', dtype: weights, shape: weight, fill: { normal: 1 } },
      { name: 'bias', role: 'in', dtype: weights, shape: [outChannels], fill: { normal: 1 } },
      { name: 'residual', role: 'in', dtype, shape: written, fill: { normal: 1 } },
      { name: 'out', role: 'out', dtype, shape: written, ...over },
    ],
    flops,
  }
}

function backwardCase(dims: Dims, options: Options = {}): KernelCase {
  const { name, numbers, dtype, weights, read, written, weight, outChannels, flops } = setUp(dims, options)
  return {
    name,
    numbers,
    operands: [
      { name: 'bias', role: 'aside', dtype: weights, shape: [outChannels], fill: { normal: 1 } },
      { name: 'residual', role: 'aside', dtype, shape: written, fill: { normal: 1 } },
      { name: 'grad', role: 'in', dtype, shape: written, fill: { normal: 1 } },
      { name: 'z', role: 'in', dtype, shape: read, fill: { normal: 1 } },
      { name: 'weight', role: 'in', dtype: weights, shape: weight, fill: { normal: 1 } },
      { name: 'grad_z', role: 'out', dtype, shape: read, absent: options.gradZ === false },
      { name: 'grad_weight', role: 'out', dtype: 'float32', shape: weight },
      { name: 'grad_bias', role: 'out', dtype: 'float32', shape: [outChannels] },
    ],
    flops: 2 * flops,
  }
}

const dims: readonly Dims[] = [
  [1, 1, 1, 1, 1, 1, 1],
  [2, 3, 8, 16, 48, 16, 3], // r divides W
  [1, 4, 5, 12, 32, 4, 3], // r does not divide W: gcd 4
  [2, 2, 4, 24, 32, 8, 3], // r > W / 2, groups < channels
  [1, 5, 7, 33, 33, 33, 3], // depthwise, r = W
  [1, 3, 8, 17, 17, 17, 1],
  [2, 3, 3, 6, 9, 3, 5],
  [1, 2, 2, 8, 64, 8, 5], // fewer frames than taps
  [1, 9, 1, 4, 8, 4, 3],
  [1, 2, 8, 7, 10, 1, 3], // one dense group
  [3, 49, 8, 8, 20, 4, 3],
  [1, 3, 16, 64, 64, 64, 3],
]

/** What a GPU takes apart: wide rows, many groups, long clips, little room, more patches than blocks. */
const gpuDims: readonly Dims[] = [
  [1, 2, 2, 4, 1060, 4, 3],
  [1, 2, 3, 304, 304, 304, 3],
  [1, 3, 20, 8, 16, 8, 3],
  [1, 18, 8, 64, 1024, 64, 3],
  [2, 40, 3, 8, 24, 8, 3],
]

const forwardSpec: KernelSpec<Shape, ForwardInputs> = {
  kernel: 'temporal_conv_forward',
  cases: [
    ...dims.map((each) => forwardCase(each)),
    ...dims.slice(1, 7).map((each) => forwardCase(each, { dtype: 'bfloat16' })),
    ...gpuDims.map((each) => forwardCase(each)),
    forwardCase([2, 5, 8, 16, 24, 8, 3], { dtype: 'bfloat16' }),
    forwardCase([2, 3, 11, 16, 40, 8, 3], { dtype: 'bfloat16', weights: 'bfloat16', inPlace: true }),
    forwardCase([0, 3, 4, 8, 16, 8, 3]),
    forwardCase([2, 0, 4, 8, 16, 8, 3]),
    forwardCase(dims[1]!, { inPlace: true }),
    forwardCase(dims[1]!, { alpha: 0.005, weights: 'bfloat16', dtype: 'bfloat16', inPlace: true }),
  ],
  bench: [
    forwardCase([1, 196, 8, 128, 768, 128, 3], { inPlace: true }),
    forwardCase([1, 196, 8, 512, 768, 256, 3], { inPlace: true }),
  ],
  tolerance: { float32: 2e-6, bfloat16Roundings: 2 },
  reference: forward,
}

const backwardSpec: KernelSpec<Shape, BackwardInputs> = {
  kernel: 'temporal_conv_backward',
  cases: [
    ...dims.map((each) => backwardCase(each)),
    ...dims.slice(1, 7).map((each) => backwardCase(each, { dtype: 'bfloat16' })),
    ...gpuDims.map((each) => backwardCase(each)),
    backwardCase([2, 5, 8, 16, 24, 8, 3], { dtype: 'bfloat16' }),
    backwardCase([2, 3, 11, 16, 40, 8, 3], { dtype: 'bfloat16', weights: 'bfloat16', gradZ: false }),
    backwardCase([0, 3, 4, 8, 16, 8, 3]),
    backwardCase([2, 0, 4, 8, 16, 8, 3]),
    backwardCase(dims[1]!, { gradZ: false }),
    backwardCase(dims[3]!, { alpha: 0.005, weights: 'bfloat16', dtype: 'bfloat16' }),
  ],
  bench: [backwardCase([1, 196, 8, 128, 768, 128, 3])],
  tolerance: { float32: 1e-5, bfloat16Roundings: 2 },
  reference: backward,
  gradients: {
    objective(inputs, shape) {
      return forward(inputs, shape).out.reduce((total, value, at) => total + value * inputs.grad[at]!, 0)
    },
    of: { grad_z: 'z', grad_weight: 'weight', grad_bias: 'bias' },
  },
}

/** temporal_conv_forward and temporal_conv_backward. */
export const specs: readonly KernelSpec[] = [forwardSpec, backwardSpec]
