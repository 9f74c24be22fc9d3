import type { DType } from '../../runtime/binding.js'
import { isTracked, type Remake, record } from '../record.js'
import { type Matrix, type Shape, shapeError, sizeOf } from '../shape.js'
import { expectShape, Tensor } from '../tensor.js'

/** Activations of the `linear` epilogue, numbered as in `native/kernels/linear/linear.h`. */
const ACTIVATIONS = { none: 0, quickGelu: 1, relu: 2 } as const
/** What {@link linear} computes of its sums. */
export type Activation = keyof typeof ACTIVATIONS

/**
 * Forms of a packed weight: what storage it has, and its code in `native/kernels/linear/packing.h`. `bfloat16` and `int8`
 * multiply in these types, so that x is rounded, too: to bfloat16, or every row to 256 steps over its range.
 */
const PACKINGS = {
  float32: { code: 1, dtype: 'float32', elements: (rows, columns) => rows * columns },
  bfloat16: { code: 2, dtype: 'bfloat16', elements: (rows, columns) => 2 * Math.ceil(rows / 2) * columns },
  int8: { code: 3, dtype: 'uint8', elements: (rows, columns) => (4 * Math.ceil(rows / 4) + 8) * columns },
} as const satisfies Record<
  string,
  { code: number; dtype: DType; elements: (rows: number, columns: number) => number }
>
export type Packing = keyof typeof PACKINGS

const UNPACKED = 0
/** The code of the packing that gives a packed weight its storage type. */
function packingCode(packed: Tensor): number {
  return Object.values(PACKINGS).find(({ dtype }) => dtype === packed.dtype)!.code
}

/** The epilogue of {@link linear}. */
export interface LinearOptions {
  bias?: Tensor | undefined
  activation?: Activation
  /** Added after activation; same shape and storage type as the result. */
  residual?: Tensor | undefined
  /** {@link packWeight} of the weight, for frozen weights. */
  packed?: Tensor | undefined
  /** Storage type of the result; that of `residual`, else of `x`. */
  dtype?: DType
  /** Written in place of a new tensor. Not followed by the tape. */
  out?: Tensor | undefined
  /** Where x comes from, if that is kept for backward anyway. */
  remakeX?: Remake | undefined
}

/**
 * residual + activation(x * weight^T + bias).
 *
 * @param x [..., in]
 * @param weight [out, in]
 * @returns [..., out]
 * @throws MstaError ERR_SHAPE
 */
export function linear<S extends Shape>(
  x: Tensor<S>,
  weight: Tensor,
  options: LinearOptions = {},
): Tensor<S> {
  const [outFeatures, inFeatures] = weight.shape as Matrix
  const { bias, residual, packed, remakeX, activation = 'none' } = options
  if (weight.shape.length !== 2 || x.shape.at(-1) !== inFeatures)
    throw shapeError('linear', 'expected x [..., in] and weight [out, in]', {
      x: x.shape,
      weight: weight.shape,
    })
  const shape = [...x.shape.slice(0, -1), outFeatures] as unknown as S
  expectShape('linear', 'bias', bias, [outFeatures])
  expectShape('linear', 'residual', residual, shape)
  const rows = sizeOf(x.shape.slice(0, -1))
  const out = (options.out ??
    Tensor.empty(x.device, shape, options.dtype ?? residual?.dtype ?? x.dtype)) as Tensor<S>
  const code = ACTIVATIONS[activation]
  const pre = code !== 0 && isTracked(x, weight, bias) ? Tensor.empty(x.device, shape, out.dtype) : null
  const frozen = packed && !weight.requiresGrad ? packed : null
  const packing = frozen ? packingCode(frozen) : UNPACKED
  x.device.launch('linear_forward', { x, weight: frozen ?? weight, bias, residual, out, pre }, [
    rows,
    inFeatures,
    outFeatures,
    code,
    packing,
    1,
  ])
  if (options.out) return out
  const input = weight.requiresGrad ? (remakeX?.from ?? x) : null
  const saved = { x: input, weight: x.requiresGrad ? (frozen ?? weight) : null, pre }
  record('linear', [x, weight, bias, residual], [out], saved, (kept, [grad], needed) => {
    const [needX, needWeight, needBias, needResidual] = needed
    const gradX = needX ? Tensor.empty(x.device, x.shape, x.dtype) : null
    const gradWeight = needWeight ? Tensor.empty(x.device, weight.shape) : null
    const gradBias = needBias ? Tensor.empty(x.device, [outFeatures]) : null
    const keptX = kept.x && remakeX ? remakeX.remake(kept.x) : kept.x
    if (gradX || gradWeight || gradBias)
      x.device.launch(
        'linear_backward',
        { grad, x: keptX, weight: kept.weight, pre: kept.pre, gradX, gradWeight, gradBias },
        [rows, inFeatures, outFeatures, code, packing, 1],
      )
    return [gradX, gradWeight, gradBias, needResidual ? grad!.share() : null]
  })
  pre?.dispose()
  return out
}

/**
 * The gradient of x in a frozen {@link linear} without activation.
 *
 * @param grad [..., out] of the result
 * @returns [..., in], in the storage type `dtype`
 */
export function linearGradX<S extends Shape>(
  grad: Tensor<S>,
  weight: Tensor,
  { packed, dtype }: { packed: Tensor | undefined; dtype: DType },
): Tensor<S> {
  const [outFeatures, inFeatures] = weight.shape as Matrix
  const rows = sizeOf(grad.shape.slice(0, -1))
  const gradX = Tensor.empty(grad.device, [...grad.shape.slice(0, -1), inFeatures] as unknown as S, dtype)
  grad.device.launch(
    'linear_backward',
    { grad, x: null, weight: packed ?? weight, pre: null, gradX, gradWeight: null, gradBias: null },
    [rows, inFeatures, outFeatures, ACTIVATIONS.none, packed ? packingCode(packed) : UNPACKED, 1],
  )
  return gradX
}

/** The weight [out, in] rearranged for {@link linear}, once for all calls; on the CPU. @throws MstaError ERR_SHAPE */
export function packWeight(weight: Tensor, packing: Packing): Tensor {
  const [outFeatures, inFeatures] = matrixShape(weight.shape)
  const { code, dtype, elements } = PACKINGS[packing]
  const size = elements(inFeatures, Math.ceil(outFeatures / 32) * 32)
  const packed = Tensor.empty(weight.device, [size], dtype)
  weight.device.launch('linear_pack', { weight, packed }, [inFeatures, outFeatures, code])
  return packed
}

/**
 * The weight that {@link packWeight} made `packed` of: its very values, or those that int8 stands for.
 *
 * @throws MstaError ERR_SHAPE when it is too small for that shape
 */
export function unpackWeight(packed: Tensor, shape: Matrix, dtype: DType = 'float32'): Tensor<Matrix> {
  const weight = Tensor.empty(packed.device, shape, dtype)
  packed.device.launch('linear_unpack', { packed, weight }, [shape[1], shape[0], packingCode(packed)])
  return weight
}

function matrixShape(shape: Shape): Matrix {
  if (shape.length !== 2) throw shapeError('linear', 'expected weight [out, in]', { weight: shape })
  return shape as Matrix
}
