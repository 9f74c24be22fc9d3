/** Checks a backward twin against central differences of its own forward, in float64. */
import type { KernelCase, KernelSpec } from '../../native/kernels/spec.js';
/** Throws unless the twin's outputs are the derivatives they claim to be. Returns how many were compared. */
export declare function checkGradients(spec: KernelSpec, one: KernelCase): number;
