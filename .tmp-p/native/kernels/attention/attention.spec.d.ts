import type { KernelSpec } from '../spec.js';
/** attention_forward and attention_backward. */
export declare const specs: readonly KernelSpec[];
