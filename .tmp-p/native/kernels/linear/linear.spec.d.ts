import type { KernelSpec } from '../spec.js';
/** linear_forward (with linear_pack behind its packed cases) and linear_backward. */
export declare const specs: readonly KernelSpec[];
