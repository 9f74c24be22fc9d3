/** Ids of CLIP's vocabulary: 256 bytes, the same 256 at the end of a word, the merges, two special tokens. */
export declare const BYTE_TOKENS = 256;
/** Number of merges that CLIP uses, the first of a longer table. */
export declare const MERGES: number;
/** Id that starts every text. */
export declare const SOT: number;
/** Id that ends every text, the highest one. */
export declare const EOT: number;
/** Number of ids. */
export declare const VOCABULARY_SIZE: number;
/** The merge table in the form that encoding and decoding want. */
export interface Vocabulary {
    /** Id of a byte (0-255) inside a word; at the end of a word it is 256 higher. */
    byteIds: Uint16Array;
    /** Id that a pair of ids becomes, keyed by {@link pairKey}. A lower result is an earlier, stronger merge. */
    merged: Map<number, number>;
    /** Byte of the ids below 512. */
    bytesById: Uint8Array;
    /** The two ids that made id 512 + i, at 2 i and 2 i + 1. */
    pairs: Uint16Array;
}
/** Key of the pair (left, right) in {@link Vocabulary.merged}. */
export declare function pairKey(left: number, right: number): number;
/** Reads CLIP's vocabulary from the installed npm package. Throws ERR_LOAD when it is missing or damaged. */
export declare function loadVocabulary(): Vocabulary;
/** Appends the UTF-8 bytes of id (not a special one) to `bytes`; an id that ends a word is followed by a space. */
export declare function appendBytes(vocabulary: Vocabulary, id: number, bytes: number[]): void;
