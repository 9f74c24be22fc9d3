import type { CacheFramesOptions } from '../index.js'
import { cacheOptions, withCacheOptions } from './cache-options.js'
import { evalByProtocol, withProtocolOptions } from './eval-protocol.js'
import { EXIT, UsageError } from './exit.js'
import { loadModel, type ModelOptions, withModelOptions } from './model-options.js'
import { choice, word } from './options.js'
import { formatTable, percent } from './output.js'
import { type Context, defineCommand } from './run.js'

/** `msta eval`: accuracy of a model on a list of videos, or of several systems by a protocol of the paper. */
export const evaluate = defineCommand({
  command: 'eval',
  describe: 'Measure accuracy on a list of videos, or by a protocol of the paper',
  builder: (yargs) =>
    withProtocolOptions(
      withCacheOptions(withModelOptions(yargs))
        .option('data', word('Folder that the paths of the list are relative to'))
        .option('list', { ...word('Test list, in any of the usual forms'), alias: 'test' })
        .option('labels', word('Label file, such as a CSV with the header id,name'))
        .option('views', word('CLIPSxCROPS of each video, averaged (1x1, or those of the protocol)'))
        .option('template', word('Prompt with {} for the class name'))
        .option('on-bad-video', {
          ...choice('A video that cannot be decoded', ['skip', 'fail']),
          default: 'skip' as const,
        }),
    )
      .example(
        '$0 eval --data clips --list clips/test.txt --labels clips/labels.csv --adapter run/adapter.safetensors',
        '',
      )
      .example(
        '$0 eval --protocol base-to-novel --data clips --train clips/train.txt --list clips/test.txt --labels clips/labels.csv --systems all',
        '',
      ),
  async run(options, context) {
    if (options.views !== undefined) context.library.parseViews(options.views)
    if (options.protocol !== undefined || options.rerun !== undefined) return evalByProtocol(options, context)
    const { data, list, labels } = options
    if (data === undefined || list === undefined || labels === undefined)
      throw new UsageError('Give --data, --list and --labels, or a --protocol.')
    const cacheFrames = cacheOptions(options, context.output)
    return evalList({ ...options, data, list, labels, cacheFrames }, context)
  },
})

interface ListOptions extends ModelOptions {
  data: string
  list: string
  labels: string
  views?: string | undefined
  template?: string | undefined
  'on-bad-video': 'skip' | 'fail'
  cacheFrames: CacheFramesOptions | undefined
}

async function evalList(options: ListOptions, context: Context): Promise<number> {
  const { library, signal, output } = context
  const { data: root, list, labels, views, template } = options
  const badVideos = options['on-bad-video']
  const data = await library.loadDataset({ root, list, labels, missing: badVideos, signal })
  const { model, adapter, dispose } = await loadModel(options, context)
  try {
    const result = await library.evaluate({
      model,
      adapter,
      data,
      ...(views !== undefined && { views }),
      ...(template !== undefined && { template }),
      badVideos,
      cacheFrames: options.cacheFrames,
      signal,
      onProgress: ({ done, total }) => output.progress('evaluating', done, total),
    })
    for (const { path } of data.missing) output.warn(`${path} does not exist and is left out`)
    for (const { message } of result.failures) output.warn(`left out: ${message}`)
    const rows = result.perClass.map(({ label, accuracy, videos }) => [
      accuracy === null ? '-' : percent(accuracy),
      `${videos}`,
      label,
    ])
    for (const row of formatTable([...rows, [percent(result.top1), `${result.videos}`, 'all, top-1']]))
      output.line(row)
    output.line(
      `top-5 ${percent(result.top5)}, ${result.failed} videos failed, views ${result.views}, ${result.seconds.toFixed(1)} s`,
    )
    output.result({ model: model.source, adapter: options.adapter ?? null, ...result })
    return EXIT.ok
  } finally {
    dispose()
  }
}
