import { usableCpus } from '../runtime/cpus.js'
import { createGate } from '../runtime/gate.js'
import type { DecodeOptions } from '../video/decode-pass.js'
import { findFfmpeg } from '../video/ffmpeg.js'
import { type Finding, type Probe, probeAll } from './check/probe-all.js'
import type { ClassCount, DatasetProblem, DatasetProblemKind, DatasetReport } from './check/report.js'
import { findSameContent } from './check/same-content.js'
import { checkCount } from './check-count.js'
import { type LocatedList, labelsOf, locateList } from './dataset.js'
import type { Labels } from './labels.js'

export type { ClassCount, DatasetProblem, DatasetProblemKind, DatasetReport } from './check/report.js'

/** Options of {@link checkDataset}. */
export interface CheckDatasetOptions extends DecodeOptions {
  /** Folder that the paths of the list are relative to. */
  root: string
  /** The list, in any form that `readList` knows. */
  list: string
  /** The label file, or labels already read; without them classes are those of the list. */
  labels?: string | Labels
  /** Frames of a clip: a video of fewer is short. Default 8. */
  frames?: number
  /** ffmpeg processes side by side. Default: the CPUs this process may use. */
  concurrency?: number
  /** Told after every file. */
  onProgress?: (progress: { done: number; total: number }) => void
}

type Entry = LocatedList['entries'][number]

const DEFAULT_FRAMES = 8
const BAD: ReadonlySet<DatasetProblemKind> = new Set(['missing', 'undecodable', 'audio-only', 'two-labels'])

/**
 * Looks at every video of a list: decodes the whole of each, and compares the contents of those of equal size. No
 * video is changed, and a bad one is a line of the report, never an error.
 * @throws MstaError ERR_FILE, ERR_LIST, ERR_LABELS (of the list and labels), ERR_ARGUMENT, ERR_FFMPEG (there is none);
 * the signal's reason on abort.
 */
export async function checkDataset(options: CheckDatasetOptions): Promise<DatasetReport> {
  const { signal } = options
  const frames = checkCount('frames', options.frames ?? DEFAULT_FRAMES)
  const pool = createGate(checkCount('concurrency', options.concurrency ?? usableCpus()))
  const labels = options.labels === undefined ? undefined : await labelsOf(options.labels, signal)
  const { root, list, names, entries } = await locateList(options.root, options.list, labels, signal)
  await findFfmpeg()
  const files = [...new Set(entries.filter(({ exists }) => exists).map(({ file }) => file))]
  const probes = await probeAll(files, pool, options)
  const same = await findSameContent(files, pool, signal)
  const twins = findTwins(entries, same)
  const problems = entries.flatMap((entry, i) =>
    [...ofFile(entry, probes.get(entry.file), frames), ...twins[i]!].map((finding) =>
      toProblem(entry, finding),
    ),
  )
  const bad = new Set(problems.filter(({ isBad }) => isBad).map(({ entry }) => entry))
  return {
    root,
    list,
    videos: entries.length,
    bad: bad.size,
    problems: problems.map(({ entry: _, ...problem }) => problem),
    classes: countClasses(entries, names, bad),
  }
}

/** What is the matter with the file of an entry, whatever else is in the list. */
function ofFile({ file, frames: listed }: Entry, probe: Probe | undefined, frames: number): Finding[] {
  if (probe === undefined) return [{ kind: 'missing', message: `${file} does not exist.` }]
  if ('kind' in probe) return [probe]
  const { frameCount } = probe
  const found: Finding[] = []
  if (frameCount < frames)
    found.push({
      kind: 'short',
      message: `${file} has fewer frames than a clip: ${frameCount}, not ${frames}.`,
    })
  if (listed !== undefined && listed !== frameCount)
    found.push({
      kind: 'frame-count',
      message: `${file} has not as many frames as the list says: ${frameCount}, not ${listed}.`,
    })
  return found
}

/** For each entry, whether an earlier one has the same path or the same content. */
function findTwins(entries: readonly Entry[], same: ReadonlyMap<string, string>): Finding[][] {
  const seen = new Map<string, Entry[]>()
  return entries.map((entry) => {
    const content = same.get(entry.file) ?? entry.file
    const earlier = seen.get(content) ?? []
    seen.set(content, [...earlier, entry])
    const twin = earlier.find(({ label }) => label !== entry.label) ?? earlier[0]
    if (twin === undefined) return []
    const isSamePath = twin.file === entry.file
    const what = isSamePath
      ? `is also on line ${twin.line}`
      : `has the content of ${twin.path} (line ${twin.line})`
    const label = twin.label === entry.label ? '' : `, there with label ${twin.label}, here ${entry.label}`
    const kind = label !== '' ? 'two-labels' : isSamePath ? 'listed-twice' : 'duplicate'
    return [{ kind, message: `${entry.file} ${what}${label}.` }]
  })
}

function toProblem(entry: Entry, { kind, message }: Finding): DatasetProblem & { entry: Entry } {
  const { path, file, label, line } = entry
  return { kind, isBad: BAD.has(kind), path, file, label, line, message, entry }
}

function countClasses(
  entries: readonly Entry[],
  names: readonly string[] | undefined,
  bad: ReadonlySet<Entry>,
): ClassCount[] {
  const labels = names
    ? [...names.keys()]
    : [...new Set(entries.map(({ label }) => label))].sort((a, b) => a - b)
  const classes = new Map<number, ClassCount>(
    labels.map((label) => [label, { label, name: names?.[label] ?? null, videos: 0, bad: 0 }]),
  )
  for (const entry of entries) {
    const count = classes.get(entry.label)!
    count.videos++
    if (bad.has(entry)) count.bad++
  }
  return [...classes.values()]
}
