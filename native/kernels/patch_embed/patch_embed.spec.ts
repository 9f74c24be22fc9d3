import type { DType } from '../../../lib/runtime/binding.js'
import type { KernelCase, KernelSpec } from '../spec.js'

type Shape = {
  batch: number
  channels: number
  frames: number
  height: number
  width: number
  patch: number
  features: number
}
type ForwardInputs = Record<'video' | 'weight' | 'cls' | 'position' | 'temporal', Float64Array>
type BackwardInputs = ForwardInputs & { grad: Float64Array }

/** Calls `visit` for every (token, pixel of its patch): where the pixel is in the video and in a kernel. */
function eachPixel(
  { batch, channels, frames, height, width, patch }: Shape,
  visit: (token: number, j: number, t: number, pixel: number, tap: number) => void,
): void {
  const [down, across] = [height / patch, width / patch]
  for (let b = 0; b < batch; b++) {
    for (let j = 0; j < down * across; j++) {
      for (let t = 0; t < frames; t++) {
        const token = b * (1 + down * across * frames) + 1 + j * frames + t
        const top = Math.floor(j / across) * patch
        const left = (j % across) * patch
        for (let c = 0; c < channels; c++) {
          for (let y = 0; y < patch; y++) {
            for (let x = 0; x < patch; x++) {
              const pixel = (((b * channels + c) * frames + t) * height + top + y) * width + left + x
              visit(token, j, t, pixel, (c * patch + y) * patch + x)
            }
          }
        }
      }
    }
  }
}

function forward({ video, weight, cls, position, temporal }: ForwardInputs, shape: Shape) {
  const { batch, channels, frames, height, width, patch, features } = shape
  const tokens = 1 + (height / patch) * (width / patch) * frames
  const taps = channels * patch * patch
  const out = new Float64Array(batch * tokens * features)
  for (let b = 0; b < batch; b++) {
    for (let f = 0; f < features; f++) out[b * tokens * features + f] = cls[f]! + position[f]!
  }
  eachPixel(shape, (token, j, t, pixel, tap) => {
    for (let f = 0; f < features; f++) {
      if (tap === 0)
        out[token * features + f]! += position[(1 + j) * features + f]! + temporal[t * features + f]!
      out[token * features + f]! += video[pixel]! * weight[f * taps + tap]!
    }
  })
  return { out }
}

function backward({ grad, video }: BackwardInputs, shape: Shape) {
  const { batch, channels, frames, height, width, patch, features } = shape
  const patches = (height / patch) * (width / patch)
  const taps = channels * patch * patch
  const gradWeight = new Float64Array(features * taps)
  const gradCls = new Float64Array(features)
  const gradPosition = new Float64Array((1 + patches) * features)
  const gradTemporal = new Float64Array(frames * features)
  for (let b = 0; b < batch; b++) {
    for (let f = 0; f < features; f++) {
      gradCls[f]! += grad[b * (1 + patches * frames) * features + f]!
      gradPosition[f]! += grad[b * (1 + patches * frames) * features + f]!
    }
  }
  eachPixel(shape, (token, j, t, pixel, tap) => {
    for (let f = 0; f < features; f++) {
      const g = grad[token * features + f]!
      gradWeight[f * taps + tap]! += g * video[pixel]!
      if (tap > 0) continue
      gradPosition[(1 + j) * features + f]! += g
      gradTemporal[t * features + f]! += g
    }
  })
  return {
    grad_weight: gradWeight,
    grad_cls: gradCls,
    grad_position: gradPosition,
    grad_temporal: gradTemporal,
  }
}

type Dims = readonly [
  batch: number,
  channels: number,
  frames: number,
  height: number,
  width: number,
  patch: number,
  features: number,
]

function shapesOf([batch, channels, frames, height, width, patch, features]: Dims) {
  const patches = (height / patch) * (width / patch)
  return {
    numbers: { batch, channels, frames, height, width, patch, features } satisfies Shape,
    video: [batch, channels, frames, height, width],
    weight: [features, channels, 1, patch, patch],
    position: [1 + patches, features],
    temporal: [frames, features],
    tokens: [batch, 1 + patches * frames, features],
    flops: 2 * batch * channels * frames * height * width * features,
  }
}

function describe([batch, channels, frames, height, width, patch, features]: Dims, dtypes: string): string {
  const size = `${batch}x${channels}x${frames}x${height}x${width} patch ${patch} to ${features}`
  return `${size} ${dtypes}`
}

function forwardCase(
  dims: Dims,
  dtype: DType = 'float32',
  out: DType = dtype,
  video: DType = dtype,
): KernelCase {
  const shapes = shapesOf(dims)
  const features = dims[6]
  return {
    name: describe(dims, `${video}, ${dtype} to ${out}`),
    numbers: shapes.numbers,
    operands: [
      { name: 'video', role: 'in', dtype: video, shape: shapes.video, fill: { normal: 1 } },
      { name: 'weight', role: 'in', dtype, shape: shapes.weight, fill: { normal: 0.3 } },
      { name: 'cls', role: 'in', dtype, shape: [features], fill: { normal: 1 } },
      { name: 'position', role: 'in', dtype, shape: shapes.position, fill: { normal: 1 } },
      { name: 'temporal', role: 'in', dtype, shape: shapes.temporal, fill: { normal: 1 } },
      { name: 'out', role: 'out', dtype: out, shape: shapes.tokens },
    ],
    flops: shapes.flops,
  }
}

const OUTPUTS = ['grad_weight', 'grad_cls', 'grad_position', 'grad_temporal'] as const

function backwardCase(
  dims: Dims,
  dtype: DType = 'float32',
  gradWeight: DType = dtype,
  wanted: readonly (typeof OUTPUTS)[number][] = OUTPUTS,
): KernelCase {
  const shapes = shapesOf(dims)
  const features = dims[6]
  const absent = (name: (typeof OUTPUTS)[number]) => !wanted.includes(name)
  return {
    name:
      describe(dims, `${dtype} to ${gradWeight}`) +
      (wanted.length < 4 ? ` only ${wanted.join(' and ')}` : ''),
    numbers: shapes.numbers,
    operands: [
      { name: 'weight', role: 'aside', dtype, shape: shapes.weight, fill: { normal: 0.3 } },
      { name: 'cls', role: 'aside', dtype, shape: [features], fill: { normal: 1 } },
      { name: 'position', role: 'aside', dtype, shape: shapes.position, fill: { normal: 1 } },
      { name: 'temporal', role: 'aside', dtype, shape: shapes.temporal, fill: { normal: 1 } },
      { name: 'grad', role: 'in', dtype, shape: shapes.tokens, fill: { normal: 1 } },
      { name: 'video', role: 'in', dtype, shape: shapes.video, fill: { normal: 1 } },
      {
        name: 'grad_weight',
        role: 'out',
        dtype: gradWeight,
        shape: shapes.weight,
        absent: absent('grad_weight'),
      },
      { name: 'grad_cls', role: 'out', dtype: 'float32', shape: [features], absent: absent('grad_cls') },
      {
        name: 'grad_position',
        role: 'out',
        dtype: 'float32',
        shape: shapes.position,
        absent: absent('grad_position'),
      },
      {
        name: 'grad_temporal',
        role: 'out',
        dtype: 'float32',
        shape: shapes.temporal,
        absent: absent('grad_temporal'),
      },
    ],
    flops: shapes.flops,
  }
}

const dims: readonly Dims[] = [
  [1, 3, 1, 4, 4, 4, 5],
  [2, 3, 3, 8, 12, 4, 33],
  [1, 1, 2, 6, 3, 3, 7],
  [3, 2, 5, 10, 5, 5, 17],
  [1, 3, 8, 28, 28, 14, 20],
  [2, 3, 2, 32, 16, 16, 31],
  [1, 3, 4, 2, 2, 1, 9],
  [1, 1, 1, 7, 7, 7, 64],
]

/**
 * Where a float32 matrix meets a bfloat16 one on a GPU, two bfloat16 numbers stand for each of the former: 2^-17
 * of it may be lost. Tensor cores also cut off where they should round when they add.
 */
const TENSOR_CORE_ROUNDINGS = 0.01

const forwardSpec: KernelSpec<Shape, ForwardInputs> = {
  kernel: 'patch_embed_forward',
  cases: [
    ...dims.map((each) => forwardCase(each)),
    forwardCase([0, 3, 2, 8, 8, 4, 5]),
    forwardCase([2, 3, 0, 8, 8, 4, 5]),
    forwardCase([1, 5, 1, 16, 16, 16, 10]),
    forwardCase(dims[1]!, 'bfloat16'),
    forwardCase(dims[4]!, 'bfloat16'),
    forwardCase(dims[1]!, 'float32', 'bfloat16'),
    forwardCase(dims[1]!, 'bfloat16', 'bfloat16', 'float32'),
    forwardCase(dims[4]!, 'bfloat16', 'float32', 'float32'),
  ],
  bench: [forwardCase([1, 3, 8, 224, 224, 16, 768]), forwardCase([1, 3, 8, 224, 224, 16, 768], 'bfloat16')],
  tolerance: { float32: 2e-6, bfloat16Roundings: 2, tensorCoreRoundings: TENSOR_CORE_ROUNDINGS },
  reference: forward,
}

const backwardSpec: KernelSpec<Shape, BackwardInputs> = {
  kernel: 'patch_embed_backward',
  cases: [
    ...dims.map((each) => backwardCase(each)),
    backwardCase([0, 3, 2, 8, 8, 4, 5]),
    ...OUTPUTS.map((output) => backwardCase(dims[1]!, 'float32', 'float32', [output])),
    backwardCase(dims[1]!, 'bfloat16'),
    backwardCase(dims[4]!, 'bfloat16', 'float32'),
  ],
  bench: [backwardCase([1, 3, 8, 224, 224, 16, 768])],
  tolerance: { float32: 1e-5, bfloat16Roundings: 2, tensorCoreRoundings: TENSOR_CORE_ROUNDINGS },
  reference: backward,
  gradients: {
    objective(inputs, shape) {
      return forward(inputs, shape).out.reduce((total, value, at) => total + value * inputs.grad[at]!, 0)
    },
    of: { grad_weight: 'weight', grad_cls: 'cls', grad_position: 'position', grad_temporal: 'temporal' },
  },
}

/** patch_embed_forward and patch_embed_backward. */
export const specs: readonly KernelSpec[] = [forwardSpec, backwardSpec]
