import type { ReadAt } from './read-at.js';
/**
 * Counts the samples of the first video track of an MP4, MOV or 3GP file: those of the sample table plus those of all
 * fragments. Frames hidden by an edit list are not taken off, nor is cover art looked at: it is a guess.
 */
export declare function countMp4Frames(readAt: ReadAt, size: number): Promise<number | undefined>;
