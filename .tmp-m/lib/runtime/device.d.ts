import type { MemoryStats, NativeBuffer } from './binding.js';
import { type DType } from './binding.js';
/** A device's name: `'cpu'`, `'cuda'` (the first one), `'cuda:1'`; `'auto'` takes the best that works. */
export type DeviceName = 'auto' | 'cpu' | 'cuda' | `cuda:${number}`;
/** An operand of a kernel: a piece of a buffer, typed. */
export interface Operand {
    readonly buffer: NativeBuffer;
    readonly byteOffset: number;
    readonly size: number;
    readonly dtype: DType;
    readonly shape: readonly number[];
}
/** A device with its ordered stream of work. One per device name and JavaScript environment. */
export declare class Device {
    readonly name: string;
    /** Instruction set and threads, or the GPU's model. */
    readonly description: string;
    private readonly stream;
    private constructor();
    private static readonly open;
    /**
     * The device of that name.
     *
     * @throws MstaError ERR_DEVICE when there is none, with what is missing; `'auto'` falls back to the CPU.
     */
    static get(name?: DeviceName): Device;
    /** Allocates device memory. @throws MstaError ERR_OUT_OF_MEMORY */
    allocate(bytes: number): NativeBuffer;
    /** Enqueues a kernel on the current job. `names` label the operands' shapes should it fail. */
    launch(op: string, operands: Record<string, Operand | null | undefined>, numbers: readonly number[]): void;
    /** Copies `source` into a buffer, in stream order; `source` may be changed as soon as this returns. */
    upload(buffer: NativeBuffer, source: ArrayBufferView): void;
    /** Reads part of a file into a buffer, in stream order. */
    readFile(buffer: NativeBuffer, path: string, fileOffset: number, bytes: number): void;
    /** A copy of part of a buffer, once everything enqueued before has run. */
    download(operand: Operand, bytes: number): Promise<ArrayBuffer>;
    /** Resolves once everything enqueued before has run; rejects with the current job's error. */
    synchronize(): Promise<void>;
    /** Gives cached memory back to the system once the work enqueued so far has run. */
    trim(): void;
    /** Memory in use by tensors on this device. */
    memory(): MemoryStats;
    /** Restarts the measurement of `memory().peak`. */
    resetPeakMemory(): void;
}
