import type { KernelSpec } from '../spec.js';
/** gather_rows_forward and gather_rows_backward. */
export declare const specs: readonly KernelSpec[];
