import type { DType } from '../runtime/binding.js';
import type { Device } from '../runtime/device.js';
import { type Shape } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
/** Named tensors that live until the store is disposed: a state dict on a device. */
export declare class ParameterStore {
    private readonly tensors;
    private constructor();
    /** Uninitialised parameters of the given names and shapes. @throws MstaError ERR_OUT_OF_MEMORY */
    static create(device: Device, shapes: ReadonlyMap<string, Shape>, dtype?: DType): ParameterStore;
    /** @throws MstaError ERR_CHECKPOINT when there is none of that name or its shape differs from `shape` */
    get(name: string, shape?: Shape): Tensor;
    has(name: string): boolean;
    /** All parameters in order of creation. */
    entries(): IterableIterator<[string, Tensor]>;
    /** Number of values. */
    get count(): number;
    /** Looks names up under a prefix, as modules do. */
    within(prefix: string): ParameterScope;
    /** Makes the named parameters (all, unless a filter says otherwise) trainable or frozen. */
    setTrainable(trainable: boolean, filter?: (name: string) => boolean): void;
    /** Copies of all values. */
    values(): Promise<Map<string, {
        shape: Shape;
        data: Float32Array;
    }>>;
    /** Overwrites parameters by name. @throws MstaError ERR_CHECKPOINT for an unknown name, ERR_SHAPE for a wrong size */
    assign(values: ReadonlyMap<string, ArrayLike<number>>): void;
    dispose(): void;
}
/** Finds a module's parameters by their names within it, checking shapes. */
export type ParameterScope = (name: string, shape: Shape) => Tensor;
/** Prefixes names. */
export declare const subScope: (scope: ParameterScope, prefix: string) => ParameterScope;
