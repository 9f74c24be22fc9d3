import type { Prediction, Recognition, RunSettings } from '../index.js'
import { EXIT, UsageError } from './exit.js'
import { loadModel, withModelOptions } from './model-options.js'
import { flag, wholeNumber, word } from './options.js'
import { formatTable, type Output } from './output.js'
import { predictWindows, readTimeline } from './predict-windows.js'
import { type Context, defineCommand, wordsOf } from './run.js'
import { fromRun } from './run-adapter.js'
import { logVideoError, toVideoError, type VideoError } from './video-error.js'

/** `msta predict`: which of some actions each video shows. */
export const predict = defineCommand({
  command: 'predict [videos..]',
  describe: 'Say which of some actions each video shows',
  builder: (yargs) =>
    withModelOptions(yargs)
      .positional('videos', { type: 'string', array: true, describe: 'Video files' })
      .option(
        'labels',
        word(
          'A CSV file with the header id,name, or class names separated by commas; those of the run whose --adapter is given, unless given',
        ),
      )
      .option('views', { ...word('CLIPSxCROPS of each video, averaged'), default: '1x1' })
      .option('top-k', { ...wholeNumber('top-k', 'Predictions a video', 1), default: 5 })
      .option('template', word('Prompt with {} for the class name'))
      .option('window', word('Print a timeline: length of its windows, such as 2s, 500ms or 2 (seconds)'))
      .option('stride', word('From the beginning of a window to that of the next; --window unless given'))
      .option('merge', { ...flag('Join neighbouring windows of the same best label'), default: false })
      .example('$0 predict clip.mp4 --labels "archery,surfing"', '')
      .example('$0 predict clip.mp4 --adapter my-actions-run', '')
      .example('$0 predict long.mp4 --labels "archery,surfing" --window 2s --stride 1s', ''),
  async run(options, context) {
    const { library, signal, output } = context
    const { views, topK } = options
    const videos = wordsOf(options, options.videos)
    if (videos.length === 0) throw new UsageError('Name at least one video.')
    // What is cheap to check goes before loading a model.
    library.parseViews(views)
    const timeline = readTimeline(library, {
      window: options.window,
      stride: options.stride,
      merge: options.merge,
      views,
    })
    if (options.labels === undefined && options.adapter === undefined) throw new UsageError(NO_LABELS)
    const { options: modelOptions, run } = await fromRun(options, context)
    const names = await labelsOf(options.labels, run, context)
    const template = options.template ?? run?.template ?? library.DEFAULT_TEMPLATE
    library.formatPrompts(names, template)

    const loaded = await loadModel(modelOptions, context)
    const { model, adapter, dispose } = loaded
    try {
      if (timeline) return await predictWindows(loaded, { videos, names, timeline, topK, template }, context)
      const entries: JsonEntry[] = []
      output.progress('recognising', 0, videos.length)
      for await (const result of model.classifyMany(videos, names, {
        adapter,
        views,
        topK,
        template,
        signal,
      })) {
        entries.push(toJson(result))
        print(result, output)
        output.progress('recognising', entries.length, videos.length)
      }
      output.result(entries)
      return entries.some((entry) => 'error' in entry) ? EXIT.failure : EXIT.ok
    } finally {
      dispose()
    }
  },
})

const NO_LABELS =
  'Give --labels, the actions to choose from, or --adapter with a run folder of msta train, which knows them.'

async function labelsOf(
  labels: string | undefined,
  run: RunSettings | undefined,
  { library, signal }: Context,
): Promise<string[]> {
  if (labels !== undefined) return (await library.resolveLabels(labels, signal)).names
  if (run === undefined) throw new UsageError(NO_LABELS)
  return run.labels
}

type JsonEntry = { video: string; predictions: Prediction[] } | { video: string; error: VideoError }

function toJson(result: Recognition): JsonEntry {
  return 'predictions' in result ? result : { video: result.video, error: toVideoError(result.error) }
}

function print(result: Recognition, output: Output): void {
  if ('error' in result) {
    logVideoError(result.error, output)
    return
  }
  output.line(result.video)
  const rows = result.predictions.map(({ label, score }) => [`${(100 * score).toFixed(2)} %`, label])
  for (const row of formatTable(rows)) output.line(`  ${row}`)
}
