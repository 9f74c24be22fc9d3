import { type LinearOptions, linear, type Packing, packWeight } from '../tensor/ops/linear.js'
import type { Shape } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'

/** A linear layer. A frozen weight is packed once, at first use, for the CPU's matrix kernels. */
export class Linear {
  private packed: Tensor | undefined

  /** @param weight [out, in] @param bias [out] @param packing the type in which a frozen weight is multiplied */
  constructor(
    readonly weight: Tensor,
    readonly bias: Tensor,
    private readonly packing: Packing,
  ) {}

  /** residual + activation(x weight^T + bias). @param x [..., in] @returns [..., out] */
  forward<S extends Shape>(x: Tensor<S>, options: Omit<LinearOptions, 'bias' | 'packed'> = {}): Tensor<S> {
    this.pack()
    return linear(x, this.weight, { ...options, bias: this.bias, packed: this.packed })
  }

  /** Packs a frozen weight unless that is done; enqueues work, does not wait. @returns whether there was any */
  pack(): boolean {
    // The kernels of a GPU read weights as they are; and what a graph packs, it would pack at every run.
    const { device } = this.weight
    if (device.name !== 'cpu' || device.isRecording) return false
    if (this.weight.requiresGrad) this.forgetPacked()
    else if (!this.packed) {
      this.packed = packWeight(this.weight, this.packing).keep()
      return true
    }
    return false
  }

  /** Must follow any change of the weight's values. */
  forgetPacked(): void {
    this.packed?.dispose()
    this.packed = undefined
  }
}
