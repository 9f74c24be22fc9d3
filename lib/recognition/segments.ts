import type { WindowRecognition } from './viclip.js'

/** A stretch of a video over which the best label stays the same. */
export interface Segment {
  /** In seconds since the beginning of the file. */
  start: number
  /** In seconds since the beginning of the file; not counted in. */
  end: number
  label: string
  /** Mean of the label's scores over the windows of the segment, in [0, 1]. */
  score: number
  /** How many windows the segment is made of. */
  windows: number
}

/**
 * Joins neighbouring windows of the same best label, as they come. Where windows overlap and the label changes, the
 * border is in the middle of the overlap. Windows without predictions (`topK: 0`) are left out.
 */
export async function* mergeWindows(
  windows: AsyncIterable<WindowRecognition>,
): AsyncGenerator<Segment, void, undefined> {
  let open: Segment | undefined
  for await (const { start, end, predictions } of windows) {
    const [best] = predictions
    if (best === undefined) continue
    if (open?.label === best.label) {
      open.score += (best.score - open.score) / (open.windows + 1)
      open.windows++
      open.end = end
      continue
    }
    const segment = { start, end, ...best, windows: 1 }
    if (open !== undefined) {
      if (open.end > start) {
        segment.start = (start + open.end) / 2
        open.end = segment.start
      }
      yield open
    }
    open = segment
  }
  if (open !== undefined) yield open
}
