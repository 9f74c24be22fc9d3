import type { KernelSpec } from '../spec.js';
/** adamw. */
export declare const specs: readonly KernelSpec[];
