import path from 'node:path'
import { MstaError } from '../runtime/errors.js'
import { type Labels, readLabels } from './labels.js'
import { type ListEntry, readList } from './lists.js'
import { locateVideos } from './locate.js'

/** One video of a data set: an entry of its list and where it lies. */
export interface DatasetEntry extends Omit<ListEntry, 'stems'> {
  /** Absolute path of the file or, for a video kept as pictures, of the folder of frames. */
  file: string
}

/** Videos with their classes. */
export interface Dataset {
  root: string
  entries: DatasetEntry[]
  labels: Labels
  list: { file: string; sha256: string }
  /** Entries of the list whose file does not exist; not among `entries`. */
  missing: DatasetEntry[]
}

/** Options of {@link loadDataset}. */
export interface LoadDatasetOptions {
  /** Folder that the paths of the list are relative to. */
  root: string
  /** The list, in any form that `readList` knows. */
  list: string
  /** The label file, in any form that {@link readLabels} knows, or labels already read. */
  labels: string | Labels
  /** What to do about videos that do not exist: leave out and report, or throw. Default 'fail'. */
  missing?: 'skip' | 'fail'
  signal?: AbortSignal
}

/** A list with its labels and every video's place, whether it is there or not. */
export interface LocatedList {
  root: string
  list: { file: string; sha256: string }
  /** Class names, the id is the index; none for a list of numbers without labels. */
  names: readonly string[] | undefined
  /** In the order of the list. */
  entries: (DatasetEntry & { exists: boolean })[]
}

const NAMED_IN_ERROR = 5

/**
 * Puts a list, its labels and the folder of videos together, and looks whether the videos are there.
 * @throws MstaError ERR_FILE (list, labels or, by policy, videos missing), ERR_LIST, ERR_LABELS; the signal's reason.
 */
export async function loadDataset(options: LoadDatasetOptions): Promise<Dataset> {
  const labels = await labelsOf(options.labels, options.signal)
  const { root, list, entries: all } = await locateList(options.root, options.list, labels, options.signal)
  const entries: DatasetEntry[] = []
  const missing: DatasetEntry[] = []
  for (const { exists, ...entry } of all) (exists ? entries : missing).push(entry)
  if (missing.length > 0 && (options.missing !== 'skip' || entries.length === 0)) {
    throw missingError(root, list.file, missing, all.length)
  }
  return { root, entries: entries, labels, list, missing: missing }
}

/** Labels as options give them. @throws as {@link readLabels}. */
export async function labelsOf(labels: string | Labels, signal?: AbortSignal): Promise<Labels> {
  return typeof labels === 'string' ? readLabels(labels, signal) : labels
}

/** Reads a list and finds its videos below `folder`. @throws as `readList`. */
export async function locateList(
  folder: string,
  file: string,
  labels: Labels | undefined,
  signal?: AbortSignal,
): Promise<LocatedList> {
  const root = path.resolve(folder)
  const { entries, sha256, names } = await readList(file, { root, names: labels?.names, signal })
  const locations = await locateVideos(root, entries, names ?? [], signal)
  return {
    root,
    list: { file, sha256 },
    names,
    entries: entries.map(({ stems: _, ...entry }, i) => ({ ...entry, ...locations[i]! })),
  }
}

function missingError(
  root: string,
  list: string,
  missing: readonly DatasetEntry[],
  total: number,
): MstaError {
  const named = missing.slice(0, NAMED_IN_ERROR).map((entry) => `${entry.path} (line ${entry.line})`)
  const more = missing.length > NAMED_IN_ERROR ? `, and ${missing.length - NAMED_IN_ERROR} more` : ''
  const remedy =
    missing.length === total
      ? 'Check the data folder.'
      : "Complete the data set, or leave missing videos out with missing: 'skip'."
  return new MstaError(
    'ERR_FILE',
    `${missing.length} of the ${total} videos of ${list} do not exist under ${root}: ${named.join(', ')}${more}. ${remedy}`,
    { file: missing[0]!.file },
  )
}
