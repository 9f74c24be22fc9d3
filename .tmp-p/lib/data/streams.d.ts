import { Philox } from './random.js';
/** What a random stream is for; streams of different purposes never meet. */
export declare const PURPOSE: {
    readonly shuffle: 1;
    readonly sampling: 2;
    readonly transform: 3;
    readonly synthetic: 4;
};
/**
 * The generator of one item (a clip, an order) in one epoch: a pure function of its arguments, so that the numbers
 * depend neither on what runs at the same time nor on where a run was resumed.
 * @param seed a whole number from 0 to 2^53-1. @param epoch from 0 to 2^24-1. @param item from 0 to 2^32-1.
 */
export declare function itemStream(seed: number, purpose: keyof typeof PURPOSE, epoch: number, item: number): Philox;
