import type { ReadAt } from './read-at.js';
/** Reads the length, in frames, that the first video stream header of an AVI file declares. */
export declare function countAviFrames(readAt: ReadAt, size: number): Promise<number | undefined>;
