import type { Prediction, Segment, WindowRecognition } from '../index.js'
import { EXIT, UsageError } from './exit.js'
import type { LoadedModel } from './model-options.js'
import type { Output } from './output.js'
import type { Context, Library } from './run.js'
import { logVideoError, toVideoError, type VideoError } from './video-error.js'

/** The options of `msta predict` that ask for a timeline, as they are typed. */
export interface TimelineOptions {
  window: string | undefined
  stride: string | undefined
  merge: boolean
  views: string
}

/** What {@link TimelineOptions} amount to. */
export interface Timeline {
  windowSeconds: number
  strideSeconds: number
  merge: boolean
}

/** Reads the options; undefined if no timeline is asked for. */
export function readTimeline(
  { parseSeconds, parseViews }: Library,
  { window, stride, merge, views }: TimelineOptions,
): Timeline | undefined {
  if (window === undefined) {
    if (stride !== undefined || merge) throw new UsageError('--stride and --merge need --window.')
    return undefined
  }
  const { clips, crops } = parseViews(views)
  if (clips * crops > 1) throw new UsageError('--window takes one view of each window; leave --views out.')
  const windowSeconds = parseSeconds(window, '--window')
  return {
    windowSeconds,
    strideSeconds: stride === undefined ? windowSeconds : parseSeconds(stride, '--stride'),
    merge,
  }
}

/** How the windows of each video are classified. */
export interface WindowsTask {
  videos: readonly string[]
  names: readonly string[]
  timeline: Timeline
  topK: number
  template: string
}

/** Prints a timeline of each video. @returns the exit status */
export async function predictWindows(
  { model, adapter }: LoadedModel,
  { videos, names, timeline, topK, template }: WindowsTask,
  { library, signal, output }: Context,
): Promise<number> {
  const { merge, ...lengths } = timeline
  const entries: JsonEntry[] = []
  for (const video of videos) {
    output.line(video)
    const windows = model.classifyWindows(video, names, { ...lengths, topK, template, adapter, signal })
    const rows: Row[] = []
    const entry: JsonEntry = { video, [merge ? 'segments' : 'windows']: rows }
    entries.push(entry)
    try {
      for await (const row of merge ? library.mergeWindows(windows) : windows) {
        rows.push(row)
        print(row, output)
      }
    } catch (error) {
      signal.throwIfAborted()
      logVideoError(error as Error, output)
      entry.error = toVideoError(error as Error)
    }
  }
  output.result(entries)
  return entries.some(({ error }) => error) ? EXIT.failure : EXIT.ok
}

type Row = WindowRecognition | Segment

/** With an error, the rows are those before it. */
interface JsonEntry {
  video: string
  windows?: Row[]
  segments?: Row[]
  error?: VideoError
}

function print(row: Row, output: Output): void {
  const times = [row.start, row.end].map((seconds) => seconds.toFixed(2).padStart(9)).join(' ')
  const predictions: Prediction[] = 'label' in row ? [row] : row.predictions
  const labels = predictions.map(({ label, score }) => `${(100 * score).toFixed(2).padStart(6)} % ${label}`)
  output.line(`${times}  ${labels.join('  ')}`)
}
