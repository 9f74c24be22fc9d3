import { type Remake, record } from '../record.js'
import { type Shape, shapeError, sizeOf } from '../shape.js'
import { expectShape, Tensor } from '../tensor.js'
import { combine } from './combine.js'

/** A linear map's parameters. */
export interface WeightAndBias {
  /** [out, in] */
  weight: Tensor
  /** [out] */
  bias: Tensor
}

/** The temporal convolution within {@link mstaAdapter}. */
export interface AdapterConvolution extends WeightAndBias {
  /** Frames per patch; tokens = 1 + patches * frames. */
  frames: number
  groups: number
}

/** Parameters and settings of {@link mstaAdapter}; SPEC section 2 names them. */
export interface MstaAdapterOptions {
  down: WeightAndBias
  shared?: WeightAndBias | undefined
  up: WeightAndBias
  /** For h [batch, 1 + patches * frames, width]: weight [width, dim / groups, k, 1, 1], bias [width]. */
  temporal?: AdapterConvolution | undefined
  alpha: number
  /** Probability of zeroing an element of z; 0 outside training. */
  dropout?: number
  /** Seed of the dropout mask. */
  seed?: number
  /** Tells one call's mask from another's (step and block). */
  stream?: number
  /** Where h comes from, if that is kept for backward anyway. */
  remakeH?: Remake | undefined
}

/**
 * z = dropout(relu(S relu(D h))), out = residual + alpha * (U z + [CLS: 0 | patches: conv(z) + bias]); the convolution
 * is that of `temporalConv`, and absent unless given.
 *
 * @param h [..., width]
 * @param residual [..., width]
 * @returns out [..., width] and z [..., dim]
 * @throws MstaError ERR_SHAPE
 */
export function mstaAdapter<S extends Shape>(
  h: Tensor<S>,
  residual: Tensor<S>,
  { down, shared, up, temporal, alpha, dropout = 0, seed = 0, stream = 0, remakeH }: MstaAdapterOptions,
): { out: Tensor<S>; z: Tensor<S> } {
  const width = h.shape.at(-1) ?? 0
  const dim = down.bias.size
  const rows = sizeOf(h.shape.slice(0, -1))
  expectShape('msta_adapter', 'residual', residual, h.shape)
  expectShape('msta_adapter', 'down.weight', down.weight, [dim, width])
  expectShape('msta_adapter', 'shared.weight', shared?.weight, [dim, dim])
  expectShape('msta_adapter', 'up.weight', up.weight, [width, dim])
  const clip = clipOf(h.shape, dim, temporal)
  const { device } = h
  const inner = [...h.shape.slice(0, -1), dim] as unknown as S
  const out = Tensor.empty(device, residual.shape, residual.dtype)
  const hidden = shared ? Tensor.empty(device, inner, h.dtype) : null
  const z = Tensor.empty(device, inner, h.dtype)
  const operands = {
    h,
    down: down.weight,
    downBias: down.bias,
    shared: shared?.weight,
    sharedBias: shared?.bias,
    up: up.weight,
    upBias: up.bias,
    residual,
    out,
    hidden,
    z,
    temporalWeight: temporal?.weight,
    temporalBias: temporal?.bias,
  }
  const { frames, groups, kernel, tokens } = clip
  const numbers = [rows, width, dim, alpha, dropout]
  device.launch('msta_adapter_forward', operands, [...numbers, seed, stream, frames, groups, kernel, tokens])
  const maps = [down.weight, down.bias, shared?.weight, shared?.bias, up.weight, up.bias]
  const inputs = [h, ...maps, residual, temporal?.weight, temporal?.bias]
  const saved = { h: remakeH?.from ?? h, down: down.weight, shared: shared?.weight, up: up.weight, hidden, z }
  const all = { ...saved, convolution: temporal?.weight }
  record('msta_adapter', inputs, [out, z], all, ({ convolution, ...rest }, [gradOut, gradOfZ], needed) => {
    const kept = remakeH ? { ...rest, h: remakeH.remake(rest.h) } : rest
    const grad = gradOut ?? Tensor.from(device, new Float32Array(rows * width), residual.shape)
    let gradZ = gradOfZ
    let temporalGrads: Tensor[] = []
    if (temporal && convolution) {
      const throughConvolution = Tensor.empty(device, z.shape, z.dtype)
      temporalGrads = [Tensor.empty(device, temporal.weight.shape), Tensor.empty(device, temporal.bias.shape)]
      const [gradWeight, gradBias] = temporalGrads
      device.launch(
        'temporal_conv_backward',
        { grad, z: kept.z, weight: convolution, gradZ: throughConvolution, gradWeight, gradBias },
        [rows / tokens, (tokens - 1) / frames, frames, dim, width, groups, kernel, alpha],
      )
      gradZ = gradOfZ ? combine([gradOfZ, throughConvolution], [1, 1]) : throughConvolution
    }
    const gradH = needed[0] ? Tensor.empty(device, h.shape, h.dtype) : null
    const weights = maps.map((t) => (t ? Tensor.empty(device, t.shape) : null))
    const [gradDown, gradDownBias, gradShared, gradSharedBias, gradUp, gradUpBias] = weights
    device.launch(
      'msta_adapter_backward',
      { grad, gradZ, ...kept, gradH, gradDown, gradDownBias, gradShared, gradSharedBias, gradUp, gradUpBias },
      numbers,
    )
    return [gradH, ...weights, needed[7] ? grad.share() : null, ...temporalGrads]
  })
  hidden?.dispose()
  return { out, z }
}

/** The numbers of a call's convolution, 0 where it has none. */
function clipOf(shape: Shape, dim: number, temporal: AdapterConvolution | undefined) {
  if (!temporal) return { frames: 0, groups: 0, kernel: 0, tokens: 0 }
  const [, tokens = 0, width = 0] = shape
  const { weight, bias, frames, groups } = temporal
  const kernel = weight.shape[2] ?? 0
  if (shape.length !== 3 || !Number.isInteger((tokens - 1) / frames))
    throw shapeError('msta_adapter', `expected 1 + patches * ${frames} tokens`, { h: shape })
  expectShape('msta_adapter', 'temporal.weight', weight, [width, dim / groups, kernel, 1, 1])
  expectShape('msta_adapter', 'temporal.bias', bias, [width])
  return { frames, groups, kernel, tokens }
}
