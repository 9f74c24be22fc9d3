import type { KernelSpec } from '../spec.js';
/** token_embed_forward and token_embed_backward. */
export declare const specs: readonly KernelSpec[];
