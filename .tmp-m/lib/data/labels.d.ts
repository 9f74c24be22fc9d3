/** The classes of a data set. */
export interface Labels {
    /** Class names; the class id is the index. */
    names: string[];
    /** The file they come from; null for a list given in words. */
    file: string | null;
    /** Hash of that file, hex; null for a list given in words. */
    sha256: string | null;
}
/**
 * Reads a label file: CSV with the header `id,name`, ids 0-based, LF or CRLF, names may be quoted.
 * @throws MstaError ERR_FILE, ERR_LABELS naming file and line; the signal's reason on abort.
 */
export declare function readLabels(file: string, signal?: AbortSignal): Promise<Labels>;
/**
 * Class names from a list in words, `a,b,c`; spaces around a name are dropped, a name with a comma is quoted.
 * @throws MstaError ERR_LABELS (empty list, empty or repeated name).
 */
export declare function parseLabelWords(words: string): Labels;
/**
 * Classes as a command line gives them: the path of an existing file (or anything ending in .csv), else names
 * separated by commas. @throws as {@link readLabels} and {@link parseLabelWords}.
 */
export declare function resolveLabels(fileOrWords: string, signal?: AbortSignal): Promise<Labels>;
