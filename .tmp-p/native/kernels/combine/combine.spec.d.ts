import type { KernelSpec } from '../spec.js';
/** combine. */
export declare const specs: readonly KernelSpec[];
