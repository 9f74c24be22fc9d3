import { type Labels } from './labels.js';
/** One video of a data set. */
export interface DatasetEntry {
    /** Absolute path. */
    file: string;
    /** Path as the list writes it. */
    path: string;
    /** 0-based class id. */
    label: number;
    /** 1-based line of the list. */
    line: number;
}
/** Videos with their classes. */
export interface Dataset {
    root: string;
    entries: DatasetEntry[];
    labels: Labels;
    list: {
        file: string;
        sha256: string;
    };
    /** Entries of the list whose file does not exist; not among `entries`. */
    missing: DatasetEntry[];
}
/** Options of {@link loadDataset}. */
export interface LoadDatasetOptions {
    /** Folder that the paths of the list are relative to. */
    root: string;
    /** The list file. */
    list: string;
    /** The label file, or labels already read. */
    labels: string | Labels;
    /** What to do about videos that do not exist: leave out and report, or throw. Default 'fail'. */
    missing?: 'skip' | 'fail';
    signal?: AbortSignal;
}
/**
 * Puts a list, its labels and the folder of videos together, and looks whether the videos are there.
 * @throws MstaError ERR_FILE (list, labels or, by policy, videos missing), ERR_LIST, ERR_LABELS; the signal's reason.
 */
export declare function loadDataset(options: LoadDatasetOptions): Promise<Dataset>;
