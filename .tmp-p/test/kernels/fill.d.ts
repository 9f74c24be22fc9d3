/** The values of a case's inputs: the same for the same kernel, case and operand, on every machine. */
import type { KernelCase, KernelSpec, Values } from '../../native/kernels/spec.js';
/** Uniform numbers in [0, 1) from a seed (mulberry32). */
export declare function uniformNumbers(seed: number): () => number;
/** Number of elements of a shape. */
export declare const elementsOf: (shape: readonly number[]) => number;
/**
 * Values of every operand that has any, absent ones too. `stored`: rounded to the storage types, as the kernel
 * sees them; otherwise exact, as a finite difference needs them.
 */
export declare function fillCase(spec: KernelSpec, one: KernelCase, stored: boolean): Values;
/** Those the twin may see: without the operands that the kernel does not get. */
export declare function presentValues(one: KernelCase, values: Values): Values;
