import { usableCpus } from '../runtime/cpus.js'
import { createGate } from '../runtime/gate.js'
import { normaliseClassName } from '../text/class-name.js'
import { findSameContent } from './check/same-content.js'
import type { Dataset, DatasetEntry } from './dataset.js'

/** A video that is in a training list and in a test list. */
export interface SharedVideo {
  train: DatasetEntry
  test: DatasetEntry
  /** Whether both are the same file, or files of the same bytes. */
  kind: 'file' | 'content'
}

/**
 * The videos of a test list that are in a training list, too, under the same path or as a copy. Only files of equal
 * size are read.
 * @throws the signal's reason on abort.
 */
export async function sharedVideos(
  train: Dataset,
  test: Dataset,
  signal?: AbortSignal,
): Promise<SharedVideo[]> {
  const trained = new Map(train.entries.map((entry) => [entry.file, entry]))
  const others = test.entries.map(({ file }) => file).filter((file) => !trained.has(file))
  // Training files come first, so that a test file's first twin is one of them where there is any.
  const files = [...trained.keys(), ...new Set(others)]
  const same = await findSameContent(files, createGate(usableCpus()), signal)
  return test.entries.flatMap((entry): SharedVideo[] => {
    const own = trained.get(entry.file)
    if (own) return [{ train: own, test: entry, kind: 'file' }]
    const twin = trained.get(same.get(entry.file) ?? '')
    return twin ? [{ train: twin, test: entry, kind: 'content' }] : []
  })
}

/** Names of the first list whose class is in the second, too; case, spaces and punctuation do not count. */
export function sharedClasses(names: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others.map(normaliseClassName))
  return names.filter((name) => known.has(normaliseClassName(name)))
}
