/** Four 32-bit words. */
export type Words4 = [number, number, number, number];
/** All that makes a {@link Philox} continue where it was; plain JSON. */
export interface PhiloxState {
    seed: number;
    /** Decimal digits of the 64-bit stream number. */
    stream: string;
    /** 32-bit words taken so far. */
    position: number;
}
/**
 * The counter-based generator Philox4x32-10 (Salmon et al. 2011): block number `counter` of the sequence `key`, from
 * nothing but these two. @param counter four 32-bit words. @param key two. @returns four 32-bit words.
 */
export declare function philox4x32(counter: Readonly<Words4>, key: readonly [number, number]): Words4;
/**
 * A random stream: seed and stream number fix every number it gives, so that each clip of each epoch can have its
 * own, whatever runs beside it. The key is the seed, the upper counter half the stream, the lower half the position.
 */
export declare class Philox {
    readonly seed: number;
    readonly stream: number | bigint;
    private readonly key;
    private readonly streamWords;
    private block;
    private blockNumber;
    private position;
    /** @param seed a whole number from 0 to 2^53-1. @param stream from 0 to 2^64-1. @throws RangeError otherwise. */
    constructor(seed: number, stream?: number | bigint);
    /** The next 32 random bits, as a number from 0 to 2^32-1. */
    nextUint32(): number;
    /** The next number in [0, 1), with 53 random bits. */
    next(): number;
    /** The next whole number in [0, below), all equally likely. @param below from 1 to 2^32. @throws RangeError. */
    int(below: number): number;
    /** A random order of 0 .. length-1 (Fisher-Yates). */
    permutation(length: number): number[];
    /** Where the stream stands; see {@link Philox.restore}. */
    state(): PhiloxState;
    /** A generator that continues exactly where the one stood that gave `state`. */
    static restore(state: PhiloxState): Philox;
}
