import { EXIT } from './exit.js'
import { loadModel, withModelOptions } from './model-options.js'
import { choice, word } from './options.js'
import { formatTable } from './output.js'
import { defineCommand } from './run.js'

/** `msta eval`: accuracy of a model, with or without an adapter, on a list of videos. */
export const evaluate = defineCommand({
  command: 'eval',
  describe: 'Measure top-1 and top-5 accuracy on a list of videos',
  builder: (yargs) =>
    withModelOptions(yargs)
      .option('data', { ...word('Folder that the paths of the list are relative to'), demandOption: true })
      .option('list', { ...word('Test list, in any of the usual forms'), alias: 'test', demandOption: true })
      .option('labels', { ...word('Label file, such as a CSV with the header id,name'), demandOption: true })
      .option('views', { ...word('CLIPSxCROPS of each video, averaged'), default: '1x1' })
      .option('template', word('Prompt with {} for the class name'))
      .option('on-bad-video', {
        ...choice('A video that cannot be decoded', ['skip', 'fail']),
        default: 'skip' as const,
      })
      .example(
        '$0 eval --data clips --list clips/test.txt --labels clips/labels.csv --adapter run/adapter.safetensors',
        '',
      ),
  async run(options, context) {
    const { library, signal, output } = context
    const { data: root, list, labels, views, template } = options
    const badVideos = options['on-bad-video']
    library.parseViews(views)
    const data = await library.loadDataset({ root, list, labels, missing: badVideos, signal })
    const { model, adapter, dispose } = await loadModel(options, context)
    try {
      const result = await library.evaluate({
        model,
        adapter,
        data,
        views,
        ...(template !== undefined && { template }),
        badVideos,
        signal,
        onProgress: ({ done, total }) => output.progress('evaluating', done, total),
      })
      for (const { path } of data.missing) output.warn(`${path} does not exist and is left out`)
      for (const { message } of result.failures) output.warn(`left out: ${message}`)
      const percent = (share: number | null) => (share === null ? '-' : `${(100 * share).toFixed(2)} %`)
      const rows = result.perClass.map(({ label, accuracy, videos }) => [
        percent(accuracy),
        `${videos}`,
        label,
      ])
      for (const row of formatTable([...rows, [percent(result.top1), `${result.videos}`, 'all, top-1']]))
        output.line(row)
      output.line(
        `top-5 ${percent(result.top5)}, ${result.failed} videos failed, views ${views}, ${result.seconds.toFixed(1)} s`,
      )
      output.result({ model: model.source, adapter: options.adapter ?? null, ...result })
      return EXIT.ok
    } finally {
      dispose()
    }
  },
})
