import type { DType } from '../runtime/binding.js'
import { layerNorm } from '../tensor/ops/layer-norm.js'
import type { Shape } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import type { ParameterScope } from './parameters.js'

/** Layer normalisation over the last dimension, eps 1e-5. */
export class LayerNorm {
  readonly weight: Tensor
  readonly bias: Tensor

  constructor(parameters: ParameterScope, width: number) {
    this.weight = parameters('weight', [width])
    this.bias = parameters('bias', [width])
  }

  /** Whether neither weight nor bias trains. */
  get isFrozen(): boolean {
    return !this.weight.requiresGrad && !this.bias.requiresGrad
  }

  /** @param x [..., width] @param dtype storage type of the result; that of x unless given */
  forward<S extends Shape>(x: Tensor<S>, dtype?: DType): Tensor<S> {
    return layerNorm(x, this.weight, this.bias, { dtype })
  }
}
