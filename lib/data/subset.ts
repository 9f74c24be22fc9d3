import { decodeMany } from '../video/decode-many.js'
import { isAboutVideo } from './bad-video.js'
import type { Dataset, DatasetEntry } from './dataset.js'
import { itemStream } from './streams.js'

/**
 * The videos of some classes, which are numbered anew in the order given.
 * @param classes 0-based ids
 */
export function ofClasses(dataset: Dataset, classes: readonly number[]): Dataset {
  const numbers = new Map(classes.map((id, number) => [id, number]))
  const own = (entries: readonly DatasetEntry[]) =>
    entries.flatMap((entry) => {
      const label = numbers.get(entry.label)
      return label === undefined ? [] : [{ ...entry, label }]
    })
  return {
    ...dataset,
    entries: own(dataset.entries),
    missing: own(dataset.missing),
    labels: { ...dataset.labels, names: classes.map((id) => dataset.labels.names[id]!) },
  }
}

/** Options of {@link drawShots}. */
export interface DrawShotsOptions {
  /** A video that cannot be decoded: draw another and tell, or throw its error. Default 'skip'. */
  badVideos?: 'skip' | 'fail' | undefined
  /** Told of every video that was drawn and cannot be decoded. */
  onBadVideo?: ((entry: DatasetEntry, error: Error) => void) | undefined
  signal?: AbortSignal | undefined
}

/**
 * `shots` videos of each class, drawn by `seed`, in the order of the list; all of a class that has no more. Where there
 * is a choice, only videos whose first frame can be decoded are taken. What is drawn of a class depends on the seed and
 * the order of its videos in the list alone.
 * @throws MstaError ERR_FFMPEG; a bad video's own error (policy 'fail'); the signal's reason
 */
export async function drawShots(
  dataset: Dataset,
  shots: number,
  seed: number,
  { badVideos, onBadVideo, signal }: DrawShotsOptions = {},
): Promise<Dataset> {
  const { entries } = dataset
  const queues = [...positionsByClass(dataset)].map(([label, positions]) => {
    const order = itemStream(seed, 'shots', 0, label).permutation(positions.length)
    return { waiting: order.map((at) => positions[at]!), hasChoice: positions.length > shots, taken: 0 }
  })
  const taken = new Set<number>()
  while (true) {
    const round = queues.flatMap((queue) => {
      const drawn = queue.waiting.splice(0, shots - queue.taken)
      return drawn.map((position) => ({ queue, position }))
    })
    if (round.length === 0) break
    const unsure = round.filter(({ queue }) => queue.hasChoice)
    const bad = new Set<number>()
    const jobs = unsure.map(({ position }) => ({ path: entries[position]!.file, select: () => [0] }))
    for await (const result of decodeMany(jobs, { signal })) {
      if (result.ok) continue
      const { error } = result
      if (badVideos === 'fail' || !isAboutVideo(error)) throw error
      const { position } = unsure[result.index]!
      bad.add(position)
      onBadVideo?.(entries[position]!, error)
    }
    for (const { queue, position } of round) {
      if (bad.has(position)) continue
      taken.add(position)
      queue.taken++
    }
  }
  return { ...dataset, entries: entries.filter((_, i) => taken.has(i)) }
}

function positionsByClass({ entries }: Dataset): Map<number, number[]> {
  const positions = new Map<number, number[]>()
  for (const [i, { label }] of entries.entries()) positions.set(label, [...(positions.get(label) ?? []), i])
  return positions
}

/** The number of videos of the class that has most. */
export function mostPerClass(dataset: Dataset): number {
  return Math.max(0, ...[...positionsByClass(dataset).values()].map(({ length }) => length))
}
