import type { DType } from '../runtime/binding.js'
import type { Device } from '../runtime/device.js'
import { MstaError } from '../runtime/errors.js'
import { type Shape, sameShape } from '../tensor/shape.js'
import { Tensor } from '../tensor/tensor.js'

/** Named tensors that live until the store is disposed: a state dict on a device. */
export class ParameterStore {
  private constructor(private readonly tensors: Map<string, Tensor>) {}

  /** Uninitialised parameters of the given names, shapes and storage types. @throws MstaError ERR_OUT_OF_MEMORY */
  static create(
    device: Device,
    shapes: ReadonlyMap<string, Shape>,
    dtypeOf: (name: string) => DType = () => 'float32',
  ): ParameterStore {
    const store = new ParameterStore(new Map())
    try {
      for (const [name, shape] of shapes)
        store.tensors.set(name, Tensor.empty(device, shape, dtypeOf(name)).keep())
    } catch (error) {
      store.dispose()
      throw error
    }
    return store
  }

  /** @throws MstaError ERR_CHECKPOINT when there is none of that name or its shape differs from `shape` */
  get(name: string, shape?: Shape): Tensor {
    const tensor = this.tensors.get(name)
    if (!tensor) throw new MstaError('ERR_CHECKPOINT', `There is no parameter "${name}"`)
    if (shape && !sameShape(tensor.shape, shape))
      throw new MstaError(
        'ERR_CHECKPOINT',
        `Parameter "${name}" is [${tensor.shape}] where [${shape}] is expected`,
        {
          shapes: { [name]: tensor.shape, expected: shape },
        },
      )
    return tensor
  }

  /** Whether there is a parameter of that name. */
  has(name: string): boolean {
    return this.tensors.has(name)
  }

  /** All parameters in order of creation. */
  entries(): IterableIterator<[string, Tensor]> {
    return this.tensors.entries()
  }

  /** Number of values. */
  get count(): number {
    let total = 0
    for (const tensor of this.tensors.values()) total += tensor.size
    return total
  }

  /** Looks names up under a prefix, as modules do. */
  within(prefix: string): ParameterScope {
    return (name, shape) => this.get(`${prefix}.${name}`, shape)
  }

  /** Some of the same tensors, which stay this store's to dispose. */
  subset(filter: (name: string) => boolean): ParameterStore {
    return new ParameterStore(new Map([...this.tensors].filter(([name]) => filter(name))))
  }

  /** Makes the named parameters (all, unless a filter says otherwise) trainable or frozen. */
  setTrainable(trainable: boolean, filter: (name: string) => boolean = () => true): void {
    for (const [name, tensor] of this.tensors) if (filter(name)) tensor.requiresGrad = trainable
  }

  /** Copies of all values. */
  async values(): Promise<Map<string, { shape: Shape; data: Float32Array }>> {
    const entries = [...this.tensors].map(async ([name, tensor]) => {
      return [name, { shape: tensor.shape, data: await tensor.data() }] as const
    })
    return new Map(await Promise.all(entries))
  }

  /** Overwrites parameters by name. @throws MstaError ERR_CHECKPOINT for an unknown name, ERR_SHAPE for a wrong size */
  assign(values: ReadonlyMap<string, ArrayLike<number>>): void {
    for (const [name, data] of values) this.get(name).set(data)
  }

  /** Frees all of them. */
  dispose(): void {
    for (const tensor of this.tensors.values()) tensor.dispose()
    this.tensors.clear()
  }
}

/** Finds a module's parameters by their names within it, checking shapes. */
export type ParameterScope = (name: string, shape: Shape) => Tensor

/** Prefixes names. */
export const subScope =
  (scope: ParameterScope, prefix: string): ParameterScope =>
  (name, shape) =>
    scope(`${prefix}.${name}`, shape)
