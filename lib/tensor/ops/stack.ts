import { sameShape, shapeError, type Tokens } from '../shape.js'
import { Tensor } from '../tensor.js'

/**
 * A copy of some tensors behind one another: [batch, tokens, width] each, to [sum of batches, tokens, width]. For
 * constants: not followed by the tape.
 *
 * @throws MstaError ERR_SHAPE when there is none, or they differ in tokens or width
 */
export function stack(tensors: readonly Tensor<Tokens>[]): Tensor<Tokens> {
  const [first] = tensors
  const odd = tensors.find(({ shape }) => !sameShape(shape.slice(1), first!.shape.slice(1)))
  if (!first || odd)
    throw shapeError('stack', 'expected tensors of one shape', {
      first: first?.shape ?? [],
      other: odd?.shape ?? [],
    })
  const [, tokens, width] = first.shape
  const batch = tensors.reduce((sum, { shape }) => sum + shape[0], 0)
  const out = Tensor.empty(first.device, [batch, tokens, width] as Tokens, first.dtype)
  let at = 0
  for (const tensor of tensors) {
    const target = out.part(at, tensor.shape)
    first.device.launch('combine', { out: target, x: tensor }, [tensor.size, 1, 0, 1])
    at += tensor.size
  }
  return out
}
