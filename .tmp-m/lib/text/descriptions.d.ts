/** What a description file is checked against. */
export interface DescriptionOptions {
    /** Number of classes in the labels the descriptions belong to; unchecked when left out. */
    classes?: number;
    signal?: AbortSignal;
}
/**
 * Descriptions in ETL4Video's format, `{"<class id>": [sentences]}`: the sentences of class c at index c.
 * Lists may differ in length but not be empty. Throws ERR_FILE when `file` cannot be read, ERR_FORMAT (with the key
 * at fault) when it is not of that form, ERR_LABELS when its classes are not those of the labels.
 */
export declare function readDescriptions(file: string, options?: DescriptionOptions): Promise<string[][]>;
/** {@link readDescriptions} of a text already read; `file` names it in errors. */
export declare function parseDescriptions(text: string, file: string, classes?: number): string[][];
