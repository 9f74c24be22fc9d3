import type { DType } from '../../lib/runtime/binding.js';
import type { KernelCase, KernelSpec } from '../../native/kernels/spec.js';
/** ||out - expected|| / ||expected||; when nothing is expected, 0 for nothing and infinity for anything. */
export declare function relativeError(out: Float64Array, expected: Float64Array): number;
/** Throws unless `error <= allowed`, which is also false for NaN. */
export declare function assertWithin(error: number, allowed: number, what: string): void;
/** Compares one output with the twin's, within the tolerance of its storage type. */
export declare function assertMatches(spec: KernelSpec, one: KernelCase, { name, dtype }: {
    name: string;
    dtype: DType;
}, out: Float64Array, expected: Float64Array): void;
