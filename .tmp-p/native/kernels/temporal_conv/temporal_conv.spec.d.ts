import type { KernelSpec } from '../spec.js';
/** temporal_conv_forward and temporal_conv_backward. */
export declare const specs: readonly KernelSpec[];
