/**
 * ftfy's `fix_text`, which OpenAI's tokenizer applies first, less its guess at text decoded with the wrong encoding:
 * straight quotes, no ligatures, ordinary widths, no control characters, NFC.
 */
export declare function fixText(text: string): string;
/**
 * The text that CLIP's tokenizer splits: fixed ({@link fixText}), HTML references replaced twice, white space collapsed
 * to single spaces and stripped, lower case.
 */
export declare function cleanText(text: string): string;
