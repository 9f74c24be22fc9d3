import type { DType } from '../../runtime/binding.js'
import { isTracked, record } from '../record.js'
import type { Shape } from '../shape.js'
import { shapeError } from '../shape.js'
import { Tensor } from '../tensor.js'

/** Options of {@link combine}. */
export interface CombineOptions {
  /** Added to every element. */
  constant?: number
  /** Storage type of the result; that of the first term unless given. */
  dtype?: DType
  /** Written in place of a new tensor; may be one of the terms. Not followed by the tape. */
  out?: Tensor | undefined
  /** Shape and device of the result when there are no terms. */
  like?: Tensor
}

/**
 * constant + sum of weights[i] * terms[i], element by element; terms of one size, any storage types. Up to 8 terms.
 *
 * @throws MstaError ERR_SHAPE when sizes differ
 */
export function combine<S extends Shape>(
  terms: readonly Tensor<S>[],
  weights: readonly number[],
  options: CombineOptions = {},
): Tensor<S> {
  const like = (terms[0] ?? options.like) as Tensor<S>
  for (const term of terms)
    if (term.size !== like.size)
      throw shapeError('combine', 'sizes differ', { first: like.shape, other: term.shape })
  const out = (options.out ?? Tensor.empty(like.device, like.shape, options.dtype ?? like.dtype)) as Tensor<S>
  const operands: Record<string, Tensor> = { out }
  terms.forEach((term, i) => {
    operands[`x${i}`] = term
  })
  like.device.launch('combine', operands, [like.size, terms.length, options.constant ?? 0, ...weights])
  if (!options.out && isTracked(...terms)) {
    const dtypes = terms.map((term) => term.dtype)
    record('combine', [...terms], [out], {}, (_, [grad], needed) =>
      weights.map((weight, i) => (needed[i] ? combine([grad!], [weight], { dtype: dtypes[i]! }) : null)),
    )
  }
  return out
}

/** The values of `x` in another storage type; `x` itself is not changed. */
export const cast = <S extends Shape>(x: Tensor<S>, dtype: DType): Tensor<S> => combine([x], [1], { dtype })
