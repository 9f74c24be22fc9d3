import type { KernelSpec } from '../spec.js';
/** patch_embed_forward and patch_embed_backward. */
export declare const specs: readonly KernelSpec[];
