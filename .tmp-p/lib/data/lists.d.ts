/** One line of a list. */
export interface ListEntry {
    /** As written in the list. */
    path: string;
    /** 0-based class id. */
    label: number;
    /** 1-based line in the list file. */
    line: number;
}
/** A read list file. */
export interface VideoList {
    entries: ListEntry[];
    file: string;
    /** Hash of the file's bytes, hex: results name it, because lists of the same name differ. */
    sha256: string;
}
/** Options of {@link readList}. */
export interface ReadListOptions {
    /** Folder the paths are relative to; only needed for paths that hold spaces. */
    root?: string;
    /** Number of classes; labels are checked against it. */
    classCount?: number;
    signal?: AbortSignal;
}
/**
 * Reads a list of videos in the form of ViFi-CLIP: `relative/path label`, two fields separated by white space, or
 * `path,label`; LF or CRLF; blank lines are skipped. A path may hold spaces if the last field is a whole number and
 * the file exists under `root`.
 * @throws MstaError ERR_FILE; ERR_LIST naming `file:line`; the signal's reason on abort.
 */
export declare function readList(file: string, options?: ReadListOptions): Promise<VideoList>;
