import type { DType } from '../../../lib/runtime/binding.js';
import type { KernelCase, KernelSpec } from '../spec.js';
type Dims = readonly [rows: number, width: number, dim: number];
interface Options {
    shared?: boolean;
    alpha?: number;
    dropout?: number;
    /** Storage of the activations. */
    dtype?: DType;
    /** Storage of the weights. */
    weights?: DType;
    gradZ?: boolean;
    gradH?: boolean;
    /** The residual is the output itself. */
    inPlace?: boolean;
}
/** A forward call. With dropout its outputs depend on the random stream: compare only without. */
export declare function forwardCase(dims: Dims, options?: Options & {
    seed?: number;
    stream?: number;
}): KernelCase;
/** msta_adapter_forward (without dropout) and msta_adapter_backward. */
export declare const specs: readonly KernelSpec[];
export {};
