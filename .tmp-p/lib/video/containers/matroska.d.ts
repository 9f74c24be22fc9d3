import type { ReadAt } from './read-at.js';
/**
 * Counts the blocks of the first video track of a Matroska or WebM file, which has no frame count anywhere, by walking
 * over its elements; block contents are skipped.
 */
export declare function countMatroskaFrames(readAt: ReadAt, size: number): Promise<number | undefined>;
