import type { DType } from '../runtime/binding.js'
import { Job } from '../runtime/job.js'
import {
  type LinearOptions,
  linear,
  linearGradX,
  type Packing,
  packWeight,
  unpackWeight,
} from '../tensor/ops/linear.js'
import type { Matrix, Shape } from '../tensor/shape.js'
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

  /** Whether neither weight nor bias trains. */
  get isFrozen(): boolean {
    return !this.weight.requiresGrad && !this.bias.requiresGrad
  }

  /** What of `grad` [..., out] reaches x, when frozen and without activation. @returns [..., in] */
  gradX<S extends Shape>(grad: Tensor<S>, dtype: DType): Tensor<S> {
    this.pack()
    return linearGradX(grad, this.weight, { packed: this.packed, dtype })
  }

  /**
   * Packs a frozen weight unless that is done, and gives the memory of its unpacked form back; enqueues work, does not
   * wait.
   *
   * @returns whether there was any
   */
  pack(): boolean {
    // The kernels of a GPU read weights as they are; and what a graph packs, it would pack at every run.
    const { weight } = this
    if (weight.device.name !== 'cpu' || weight.device.isRecording) return false
    if (weight.requiresGrad) {
      this.forgetPacked()
      return false
    }
    const isNew = this.packed === undefined
    // A job of its own: a packed weight is whole, even where the work that first uses it is aborted.
    this.packed ??= new Job().run(() => packWeight(weight, this.packing)).keep()
    const { packed } = this
    weight.evict(() => unpackWeight(packed, weight.shape as Matrix, weight.dtype))
    return isNew
  }

  /** Must follow any change of the weight's values. */
  forgetPacked(): void {
    // Asked for, the unpacked form comes back.
    if (this.weight.isEvicted) void this.weight.buffer
    this.packed?.dispose()
    this.packed = undefined
  }
}
