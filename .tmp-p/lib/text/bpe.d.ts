import { type Vocabulary } from './vocabulary.js';
/**
 * Ids of one word, given as its UTF-8 bytes: the strongest merge first, leftmost first, until none applies.
 * Takes O(n log n) for n bytes, where the textbook loop takes O(n^2) on hostile words.
 */
export declare function mergeWord(vocabulary: Vocabulary, word: Uint8Array): number[];
