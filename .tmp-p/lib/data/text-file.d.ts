/** The text of a small file and the SHA-256 of its bytes, in hex. */
export interface HashedText {
    text: string;
    sha256: string;
}
/**
 * Reads a UTF-8 text file, without a byte order mark.
 * @throws MstaError ERR_FILE naming the file; the signal's reason on abort.
 */
export declare function readTextFile(file: string, what: string, signal?: AbortSignal): Promise<HashedText>;
