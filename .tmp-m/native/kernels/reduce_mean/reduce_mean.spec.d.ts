import type { KernelSpec } from '../spec.js';
/** reduce_mean_forward and reduce_mean_backward. */
export declare const specs: readonly KernelSpec[];
