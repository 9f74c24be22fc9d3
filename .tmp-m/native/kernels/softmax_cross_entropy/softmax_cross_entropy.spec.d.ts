import type { KernelSpec } from '../spec.js';
/** softmax_cross_entropy_forward and softmax_cross_entropy_backward. */
export declare const specs: readonly KernelSpec[];
