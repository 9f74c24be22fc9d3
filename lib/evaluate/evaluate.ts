import type { Adapter } from '../adapters/adapter.js'
import { type Dataset, type LoadDatasetOptions, loadDataset } from '../data/dataset.js'
import type { CacheFramesOptions } from '../data/frame-cache/plan.js'
import { Loader, type LoaderFailure } from '../data/loader.js'
import { meanRow, viewScores } from '../recognition/scores.js'
import type { Features, ViCLIP } from '../recognition/viclip.js'
import { parseViews } from '../recognition/views.js'
import { DEFAULT_TEMPLATE, formatPrompts } from '../text/prompts.js'
import { confusionMatrix, perClassAccuracy, predictions, topKAccuracy } from './metrics.js'

/** Options of {@link evaluate}. */
export interface EvaluateOptions {
  model: ViCLIP
  adapter?: Adapter | null | undefined
  data: Dataset | LoadDatasetOptions
  /** CLIPSxCROPS; `'1x1'` unless given. */
  views?: string
  /** Prompt with `{}` for the class name. */
  template?: string
  /** Videos decoded together; 8 unless given. */
  batchSize?: number
  /** A video that cannot be decoded: leave out and report (more than 5% fail the run), or fail at once. */
  badVideos?: 'skip' | 'fail'
  /** Keeps the frames of the views on disk; the numbers stay the same to the bit. See {@link CacheFramesOptions}. */
  cacheFrames?: CacheFramesOptions | undefined
  signal?: AbortSignal | undefined
  /** Told after every batch: videos done, and all of them. */
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined
}

/** The outcome of {@link evaluate}; accuracies from 0 to 1, over the videos that could be decoded. */
export interface EvaluationResult {
  top1: number
  top5: number
  /** Videos that were scored. */
  videos: number
  /** Videos that were not. */
  failed: number
  failures: { path: string; code: string; message: string }[]
  perClass: { label: string; accuracy: number | null; videos: number }[]
  /** Row-major [classes, classes] counts: row = label, column = prediction. */
  confusion: number[]
  views: string
  template: string
  list: { file: string; sha256: string }
  seconds: number
}

/**
 * Top-1 and top-5 accuracy on a list of videos: scores are the mean over views of softmax(cosine / temperature).
 *
 * @throws MstaError ERR_LIST, ERR_LABELS, ERR_FILE, ERR_FFMPEG; ERR_VIDEO when too many videos are bad; the signal's
 *   reason
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationResult> {
  const { model, adapter, signal, views = '1x1', template = DEFAULT_TEMPLATE } = options
  const started = performance.now()
  const dataset = 'entries' in options.data ? options.data : await loadDataset({ ...options.data, signal })
  const { names } = dataset.labels
  const { frames, resolution } = model.config.video
  const loader = new Loader(dataset, {
    mode: 'test',
    batchSize: options.batchSize ?? 8,
    frames,
    size: resolution,
    views: parseViews(views),
    badVideos: options.badVideos ?? 'skip',
    cacheFrames: options.cacheFrames,
  })
  const classes = await model.encodeText(formatPrompts(names, template), { adapter, signal })
  const scored: { label: number; scores: Float64Array }[] = []
  const failures: LoaderFailure[] = []
  for await (const batch of loader.batches(0, { signal })) {
    failures.push(...batch.failures)
    scored.push(...(await scoreBatch(model, classes, batch.clips, { adapter, signal })))
    options.onProgress?.({ done: scored.length + failures.length, total: dataset.entries.length })
  }
  const flat = Float64Array.from(scored.flatMap(({ scores }) => [...scores]))
  const labels = scored.map(({ label }) => label)
  const confusion = confusionMatrix(predictions(flat, names.length), labels, names.length)
  const accuracies = perClassAccuracy(confusion, names.length)
  return {
    top1: topKAccuracy(flat, labels, names.length, 1),
    top5: topKAccuracy(flat, labels, names.length, 5),
    videos: scored.length,
    failed: failures.length + dataset.missing.length,
    failures: failures.map(({ path, error }) => ({
      path,
      code: (error as { code?: string }).code ?? 'ERR_VIDEO',
      message: error.message,
    })),
    perClass: names.map((label, c) => {
      const videos = labels.filter((own) => own === c).length
      return { label, accuracy: videos > 0 ? accuracies[c]! : null, videos }
    }),
    confusion: [...confusion],
    views,
    template,
    list: dataset.list,
    seconds: (performance.now() - started) / 1000,
  }
}

type TestClip = Parameters<ViCLIP['encodeClips']>[0][number] & { label: number; entry: number }

async function scoreBatch(
  model: ViCLIP,
  classes: Features,
  clips: readonly TestClip[],
  options: { adapter?: Adapter | null | undefined; signal?: AbortSignal | undefined },
): Promise<{ label: number; scores: Float64Array }[]> {
  const byVideo = new Map<number, { label: number; rows: Float64Array[] }>()
  for (const clip of clips) {
    const features = await model.encodeClips([clip], options)
    const video = byVideo.get(clip.entry) ?? { label: clip.label, rows: [] }
    video.rows.push(...viewScores(features, classes, model.model.temperature))
    byVideo.set(clip.entry, video)
  }
  return [...byVideo.values()].map(({ label, rows }) => ({ label, scores: meanRow(rows) }))
}
