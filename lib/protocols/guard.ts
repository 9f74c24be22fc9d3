import type { Dataset } from '../data/dataset.js'
import { sharedClasses, sharedVideos } from '../data/overlap.js'
import type { Plan } from './plan.js'

/** Something that makes figures too good. */
export interface Leak {
  what: string
  /** The training list. */
  file: string
}

const NAMED = 5

/**
 * Where a plan trains on what it tests on: videos in both lists, by path or content, and novel classes by name.
 * @throws the signal's reason
 */
export async function findLeaks({ trainings, tests }: Plan, signal?: AbortSignal): Promise<Leak[]> {
  const leaks: Leak[] = []
  for (const train of distinct(trainings.map(({ data }) => data))) {
    for (const { name, data: test } of tests) {
      const { file } = train.list
      const classes = name === 'novel' ? sharedClasses(train.labels.names, test.labels.names) : []
      if (classes.length > 0)
        leaks.push({
          file,
          what: `${file} trains on ${classes.length} of the novel classes: ${some(classes)}`,
        })
      const videos = await sharedVideos(train, test, signal)
      const names = videos.map(({ train: own, test: other, kind }) =>
        kind === 'file' ? own.path : `${own.path} (the same as ${other.path})`,
      )
      if (videos.length > 0)
        leaks.push({
          file,
          what: `${videos.length} videos of ${file} are tested on, too, by ${test.list.file}: ${some(names)}`,
        })
    }
  }
  return leaks
}

const some = (names: readonly string[]): string =>
  names.slice(0, NAMED).join(', ') + (names.length > NAMED ? `, and ${names.length - NAMED} more` : '')

/** Without those whose videos are the same as an earlier one's. */
function distinct(datasets: readonly Dataset[]): Dataset[] {
  const keyOf = ({ entries, list }: Dataset) => JSON.stringify([list.file, entries.map(({ file }) => file)])
  return [...new Map(datasets.map((dataset) => [keyOf(dataset), dataset])).values()]
}
