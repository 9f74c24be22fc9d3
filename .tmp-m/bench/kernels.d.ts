import { type BenchRow } from './result.js';
/** Every kernel on the shapes of ViCLIP-B/16 that its specification names. */
export declare function benchKernels(device: string, only?: string): AsyncGenerator<BenchRow>;
