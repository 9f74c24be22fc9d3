import type { KernelSpec } from '../spec.js';
/** cosine_forward and cosine_backward. */
export declare const specs: readonly KernelSpec[];
