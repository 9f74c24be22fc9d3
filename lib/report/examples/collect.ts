import type { Adapter } from '../../adapters/adapter.js'
import type { Dataset } from '../../data/dataset.js'
import { Loader } from '../../data/loader.js'
import { type VideoAttention, videoAttention } from '../../recognition/attention.js'
import { topKClasses, viewScores } from '../../recognition/scores.js'
import type { Features, Prediction, ViCLIP } from '../../recognition/viclip.js'
import { viewIndices } from '../../recognition/views.js'
import { DEFAULT_TEMPLATE, formatPrompts } from '../../text/prompts.js'
import { decodeMany } from '../../video/decode-many.js'
import { testTransforms } from '../../video/transforms.js'
import { groupBy } from '../group-by.js'
import { type Projection, project } from './projection.js'
import { makeStrip, type Strip } from './strip.js'

/** Options of {@link collectExamples}. */
export interface CollectExamplesOptions {
  model: ViCLIP
  /** Without one the model is shown as it is. */
  adapter?: Adapter | null | undefined
  data: Dataset
  /** Prompt with `{}` for the class name. */
  template?: string | undefined
  /** Most videos to look at, taken evenly from the classes. Default 96. */
  most?: number | undefined
  /** Most videos to show of the right answers, and of the wrong ones. Default 6. */
  shown?: number | undefined
  signal?: AbortSignal | undefined
  /** Told of videos done, and of all. */
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined
}

/** A video with its answers, the best first. */
export interface Example {
  path: string
  label: string
  /** Of the model without the adapter; null where there was none, or where it changed the model itself. */
  before: Prediction[] | null
  after: Prediction[]
  /** Pictures of its frames and what of them is attended to; null where none could be made. */
  pictures: Pictures | null
}

/** A video's frames, and the attention that its answers come from. */
export interface Pictures {
  strip: Strip
  /** Of the model without the adapter; null where there was none, or where it changed the model itself. */
  before: VideoAttention | null
  after: VideoAttention
}

/** Where videos lie in two dimensions, by their features. */
export interface FeatureMap {
  /** In the order of the points. */
  videos: { path: string; label: string; answer: string }[]
  before: Projection | null
  after: Projection
}

/** What a report shows of single videos. */
export interface Examples {
  right: Example[]
  wrong: Example[]
  map: FeatureMap
  /** Videos looked at. */
  videos: number
}

const SHOWN_ANSWERS = 3

interface Seen {
  entry: number
  label: string
  before: { features: Float32Array; predictions: Prediction[] } | null
  after: { features: Float32Array; predictions: Prediction[] }
}

/**
 * Looks at some videos of a list, each by its middle view (1x1): answers before and after adaptation, small pictures of
 * some right and wrong ones with what is attended to in them, and a map of all features. Memory holds the features of `most` videos and a few clips.
 *
 * @throws MstaError ERR_FFMPEG, ERR_VIDEO when too many videos are bad; the signal's reason
 */
export async function collectExamples(options: CollectExamplesOptions): Promise<Examples> {
  const { adapter, data, most = 96, shown = 6, signal } = options
  const entries = evenly(data.entries, most)
  const seen = await look({ ...data, entries }, options)
  const isRight = ({ label, after }: Seen) => after.predictions[0]!.label === label
  const right = oneOfEachFirst(seen.filter(isRight)).slice(0, shown)
  const wrong = seen
    .filter((video) => !isRight(video))
    .sort((a, b) => b.after.predictions[0]!.score - a.after.predictions[0]!.score)
    .slice(0, shown)
  const shownVideos = [...right, ...wrong]
  const pictures = await picturesOf(
    shownVideos.map(({ entry }) => entries[entry]!.file),
    options,
  )
  const examples = shownVideos.map(({ entry, label, before, after }, i) => ({
    path: entries[entry]!.path,
    label,
    before: before?.predictions ?? null,
    after: after.predictions,
    pictures: pictures[i]!,
  }))
  const hasBefore = adapter && !adapter.tunesModel
  return {
    right: examples.slice(0, right.length),
    wrong: examples.slice(right.length),
    map: {
      videos: seen.map(({ entry, label, after }) => ({
        path: entries[entry]!.path,
        label,
        answer: after.predictions[0]!.label,
      })),
      before: hasBefore
        ? await project(
            seen.map(({ before }) => before!.features),
            signal,
          )
        : null,
      after: await project(
        seen.map(({ after }) => after.features),
        signal,
      ),
    },
    videos: seen.length,
  }
}

/** At most `most` entries, as evenly of the classes as they allow, in the order of the list. */
function evenly(entries: Dataset['entries'], most: number): Dataset['entries'] {
  const groups = [...groupBy(entries.keys(), (i) => entries[i]!.label).values()]
  const chosen: number[] = []
  for (let round = 0; chosen.length < Math.min(most, entries.length); round++)
    for (const group of groups) if (round < group.length && chosen.length < most) chosen.push(group[round]!)
  return chosen.sort((a, b) => a - b).map((i) => entries[i]!)
}

/** The surest of every class, then the others by how sure they are. */
function oneOfEachFirst(videos: readonly Seen[]): Seen[] {
  const score = ({ after }: Seen) => after.predictions[0]!.score
  const sorted = [...videos].sort((a, b) => score(b) - score(a))
  const firsts = new Set([...groupBy(sorted, ({ label }) => label).values()].map(([first]) => first))
  return [...sorted.filter((video) => firsts.has(video)), ...sorted.filter((video) => !firsts.has(video))]
}

async function look(data: Dataset, options: CollectExamplesOptions): Promise<Seen[]> {
  const { model, adapter, template = DEFAULT_TEMPLATE, signal } = options
  const { names } = data.labels
  const { frames, resolution } = model.config.video
  const prompts = formatPrompts(names, template)
  const hasBefore = adapter && !adapter.tunesModel
  const before = hasBefore ? await model.encodeText(prompts, { signal }) : null
  const after = await model.encodeText(prompts, { adapter, signal })
  const answer = (video: Features, classes: Features) => {
    const [scores] = viewScores(video, classes, model.model.temperature)
    const predictions = topKClasses(scores!, SHOWN_ANSWERS).map((c) => ({
      label: names[c]!,
      score: scores![c]!,
    }))
    return { features: video.data, predictions }
  }
  const loader = new Loader(data, { mode: 'test', batchSize: 1, frames, size: resolution })
  const seen: Seen[] = []
  let done = 0
  for await (const { clips } of loader.batches(0, { signal })) {
    for (const clip of clips)
      seen.push({
        entry: clip.entry,
        label: names[clip.label]!,
        before: before && answer(await model.encodeClips([clip], { signal }), before),
        after: answer(await model.encodeClips([clip], { adapter, signal }), after),
      })
    options.onProgress?.({ done: ++done, total: data.entries.length })
  }
  return seen
}

/** Decoded again, so that only the frames of those that are shown are ever kept. */
async function picturesOf(
  files: readonly string[],
  { model, adapter, signal }: CollectExamplesOptions,
): Promise<(Pictures | null)[]> {
  const views = { clips: 1, crops: 1 } as const
  const { frames, resolution: size } = model.config.video
  const select = (n: number) => viewIndices(n, frames, views).flat()
  const hasBefore = adapter && !adapter.tunesModel
  const pictures: (Pictures | null)[] = files.map(() => null)
  for await (const result of decodeMany(
    files.map((path) => ({ path, select })),
    { batchSize: 1, ...(signal && { signal }) },
  )) {
    if (!result.ok) continue
    const { width, height, frames: pixels } = result.clip
    const clip = { frames: pixels, width, height, transforms: testTransforms(width, height, { size }) }
    pictures[result.index] = {
      strip: await makeStrip(result.clip, files[result.index]!, signal),
      before: hasBefore ? await videoAttention(model, clip, { signal }) : null,
      after: await videoAttention(model, clip, { adapter, signal }),
    }
  }
  return pictures
}
