import { type BenchRow } from './result.js';
/** ViCLIP-B/16, one clip, float32: ours and PyTorch eager, a process a trial, interleaved. */
export declare function benchVideoForward(device: string): AsyncGenerator<BenchRow>;
