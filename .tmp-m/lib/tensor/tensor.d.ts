import { type DType, type NativeBuffer } from '../runtime/binding.js';
import type { Device, Operand } from '../runtime/device.js';
import { type Shape } from './shape.js';
/** What a tensor can be made from: numbers, in row-major order. */
export type TensorData = ArrayLike<number>;
/**
 * A dense row-major array on a device. Operations on tensors enqueue work and return at once; only {@link data}
 * waits. Memory is held until `dispose()`, the end of the enclosing {@link scope}, or `using` leaves its block.
 */
export declare class Tensor<S extends Shape = Shape> implements Operand {
    readonly device: Device;
    readonly shape: S;
    readonly dtype: DType;
    readonly id: number;
    /** Whether a tape follows this tensor; set on parameters to train them. */
    requiresGrad: boolean;
    private storage;
    private constructor();
    /** Uninitialised memory. @throws MstaError ERR_OUT_OF_MEMORY, ERR_SHAPE */
    static empty<S extends Shape>(device: Device, shape: S, dtype?: DType): Tensor<S>;
    /** A copy of `data` on the device, rounded to `dtype`. @throws MstaError ERR_SHAPE when the sizes differ */
    static from<S extends Shape>(device: Device, data: TensorData, shape: S, dtype?: DType): Tensor<S>;
    /** Number of elements. */
    get size(): number;
    get bytes(): number;
    get buffer(): NativeBuffer;
    readonly byteOffset = 0;
    /** Whether no other tensor shares this one's memory. */
    get isSoleUser(): boolean;
    get isDisposed(): boolean;
    /** Another handle on the same memory, outside every scope; to be disposed by its owner. */
    share<T extends Shape = S>(shape?: T): Tensor<T>;
    /** The values, once all work they depend on is done. uint8 and int32 values are exact as float32 up to 2^24. */
    data(): Promise<Float32Array>;
    /** The stored bytes, once all work they depend on is done. */
    rawData(): Promise<ArrayBuffer>;
    /** Overwrites the values. @throws MstaError ERR_SHAPE when the sizes differ */
    set(data: TensorData): void;
    /** Keeps this tensor beyond the enclosing scope. */
    keep(): this;
    /** Gives the memory back; safe to call twice, and while work that uses it is still queued. */
    dispose(): void;
    [Symbol.dispose](): void;
}
/** @throws MstaError ERR_SHAPE unless the tensor has that shape */
export declare function expectShape(op: string, name: string, tensor: Tensor | null | undefined, shape: Shape): void;
/** @throws MstaError ERR_DTYPE unless the tensor has that storage type */
export declare function expectDType(op: string, name: string, tensor: Tensor, dtype: DType): void;
