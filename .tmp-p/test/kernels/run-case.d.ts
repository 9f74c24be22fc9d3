import { type DType, type NativeBinding, type NativeBuffer, type NativeJob, type NativeStream } from '../../lib/runtime/binding.js';
import type { KernelCase, KernelSpec, OperandSpec, Values } from '../../native/kernels/spec.js';
/** Memory of one operand: guard, data, guard. */
export interface Placed {
    buffer: NativeBuffer;
    dtype: DType;
    elements: number;
    /** What was written first, guards included. */
    initial: Uint8Array;
}
/** A kernel call's operand: where it lies, or null. */
export type Argument = Placed | null;
/** A stream and a job on it, with what a test needs to use them. */
export declare class Bench {
    #private;
    readonly stream: NativeStream;
    job: NativeJob;
    constructor(binding: NativeBinding);
    /** After a failure, a job skips everything: go on with a fresh one. */
    newJob(): void;
    /** Memory holding `data` of a storage type, between guard bytes. */
    place(dtype: DType, data: Uint8Array): Placed;
    /** Memory of not-a-numbers (of 0xff bytes where the type has none), so that an unwritten element shows. */
    placeEmpty(dtype: DType, elements: number): Placed;
    /** Enqueues a kernel. */
    run(kernel: string, numbers: readonly number[], operands: readonly Argument[]): void;
    /** The bytes an operand holds now; throws if the guards around them changed. */
    read(placed: Placed, what: string): Promise<Uint8Array>;
    /** The numbers an operand holds now. */
    readValues(placed: Placed, what: string): Promise<Float64Array>;
    /** Frees the memory of operands. */
    free(placed: readonly Argument[]): void;
}
/** The call of a case: what the kernel was given. */
export interface Call {
    operands: {
        spec: OperandSpec;
        argument: Argument;
    }[];
    numbers: readonly number[];
}
/** Places a case's operands. */
export declare function prepare(bench: Bench, one: KernelCase, values: Values): Call;
/** Runs a case; returns the bytes of its outputs. Throws where the kernel wrote where it must not. */
export declare function runCase(bench: Bench, spec: KernelSpec, one: KernelCase, values: Values): Promise<Map<OperandSpec, Uint8Array>>;
