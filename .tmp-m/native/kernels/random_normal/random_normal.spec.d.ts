import type { KernelSpec } from '../spec.js';
/** Philox4x32-10 (Salmon et al., SC 2011): key = seed, counter = (block, stream), low halves first. */
declare function philox(seed: bigint, stream: bigint, block: bigint): number[];
/** The published known answers of Philox4x32-10, to check the twin's generator: key, counter, words. */
export declare const philoxKnownAnswers: readonly [{
    readonly seed: 0n;
    readonly stream: 0n;
    readonly block: 0n;
    readonly words: readonly [1713891541, 3781805453, 3159862348, 2600524760];
}, {
    readonly seed: 0xffffffffffffffffn;
    readonly stream: 0xffffffffffffffffn;
    readonly block: 0xffffffffffffffffn;
    readonly words: readonly [1083123565, 1103641358, 2718681030, 1834242557];
}, {
    readonly seed: 0x299f31d0a4093822n;
    readonly stream: 0x0370734413198a2en;
    readonly block: 0x85a308d3243f6a88n;
    readonly words: readonly [3513581065, 2499661035, 1342301216, 605187745];
}];
export { philox };
/** random_normal. */
export declare const specs: readonly KernelSpec[];
