import type { KernelSpec } from '../spec.js';
/** layer_norm_forward and layer_norm_backward. */
export declare const specs: readonly KernelSpec[];
