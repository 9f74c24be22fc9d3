/**
 * What can be the matter with an entry of a list.
 * - `missing`: there is no such file;
 * - `undecodable`: no frame of it can be decoded, or a picture of its frame folder cannot;
 * - `audio-only`: it holds no pictures;
 * - `two-labels`: the list has the same path, or the same content, under another class as well;
 * - `short`: it has fewer frames than a clip, so that frames are repeated;
 * - `frame-count`: its frame folder has another number of frames than the list says;
 * - `listed-twice`: the list has the same path before, under the same class;
 * - `duplicate`: an earlier file has the same content, under the same class.
 */
export type DatasetProblemKind =
  | 'missing'
  | 'undecodable'
  | 'audio-only'
  | 'two-labels'
  | 'short'
  | 'frame-count'
  | 'listed-twice'
  | 'duplicate'

/** One entry of a list that has something the matter. */
export interface DatasetProblem {
  kind: DatasetProblemKind
  /** Whether the entry cannot be trained or tested on as it is; else it may be meant so. */
  isBad: boolean
  /** As the list writes it. */
  path: string
  /** Absolute. */
  file: string
  /** 0-based class id. */
  label: number
  /** 1-based line of the list. */
  line: number
  /** In words. */
  message: string
}

/** How many videos of a class there are. */
export interface ClassCount {
  /** 0-based class id. */
  label: number
  /** Null for a list of numbers that was checked without labels. */
  name: string | null
  /** Entries of the list. */
  videos: number
  /** Of these, the entries that are bad. */
  bad: number
}

/** What `checkDataset` found. */
export interface DatasetReport {
  root: string
  list: { file: string; sha256: string }
  /** Entries of the list. */
  videos: number
  /** Entries with at least one problem that is bad. */
  bad: number
  /** In the order of the list; an entry may have several. */
  problems: DatasetProblem[]
  /** In the order of their ids; also those without videos, if the names of the classes are known. */
  classes: ClassCount[]
}
