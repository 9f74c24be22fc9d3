import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { Examples } from '../index.js'
import { UsageError } from './exit.js'
import { loadModel, type ModelOptions, withModelOptions } from './model-options.js'
import { word } from './options.js'
import { type Context, defineCommand, wordsOf } from './run.js'

/** `msta report`: a training run or results as one HTML page. */
export const report = defineCommand({
  command: 'report [sources..]',
  describe: 'Write one HTML page about a training run or results',
  builder: (yargs) =>
    withModelOptions(yargs)
      .positional('sources', {
        type: 'string',
        array: true,
        describe: 'Run folders of msta train, files of msta eval --json, results.json',
      })
      .option('out', word('The HTML file (report.html, in the run folder or beside the result)'))
      .option('title', word('What the page is called'))
      .option('data', word('To show videos, too: folder that the paths of the list are relative to'))
      .option('list', word('To show videos, too: their list'))
      .option('labels', word('To show videos, too: label file, such as a CSV with the header id,name'))
      .option('template', word('Prompt with {} for the class name'))
      .example('$0 report run', '')
      .example(
        '$0 report run --data clips --list clips/test.txt --labels clips/labels.csv --model model.safetensors',
        '',
      ),
  async run(options, context) {
    const { library, signal, output } = context
    const sources = wordsOf(options, options.sources)
    if (sources.length === 0) throw new UsageError('Give a run folder or a result file.')
    const out = options.out ?? (await besideSource(sources[0]!))
    const examples = await examplesOf(options, sources, context)
    await library.writeReport(sources, { out, title: options.title, examples, signal })
    output.line(`report: ${out}`)
    output.result({ out })
  },
})

const isFolder = async (name: string): Promise<boolean> =>
  (await stat(name).catch(() => undefined))?.isDirectory() ?? false

async function besideSource(source: string): Promise<string> {
  return path.join((await isFolder(source)) ? source : path.dirname(source), 'report.html')
}

interface VideoOptions extends ModelOptions {
  data?: string | undefined
  list?: string | undefined
  labels?: string | undefined
  template?: string | undefined
}

/** Looks at videos where a list is given; with the adapter of the run, unless told another. */
async function examplesOf(
  options: VideoOptions,
  sources: readonly string[],
  context: Context,
): Promise<Examples | undefined> {
  const { data: root, list, labels, template } = options
  const given = [root, list, labels].filter((value) => value !== undefined)
  if (given.length === 0) return undefined
  if (root === undefined || list === undefined || labels === undefined)
    throw new UsageError('--data, --list and --labels go together.')
  const { library, signal, output } = context
  const ofRun = path.join(sources[0]!, 'adapter.safetensors')
  const hasOwn = (await stat(ofRun).catch(() => undefined))?.isFile() ?? false
  const adapterFile = options.adapter ?? (hasOwn ? ofRun : undefined)
  const data = await library.loadDataset({ root, list, labels, missing: 'skip', signal })
  const { model, adapter, dispose } = await loadModel({ ...options, adapter: adapterFile }, context)
  try {
    const difference =
      adapterFile === ofRun ? await library.differenceFromRun(sources[0]!, model, signal) : undefined
    if (difference)
      output.warn(`the run was trained on another model, and its answers are not those shown: ${difference}`)
    return await library.collectExamples({
      model,
      adapter,
      data,
      template,
      signal,
      onProgress: ({ done, total }) => output.progress('looking at videos', done, total),
    })
  } finally {
    dispose()
  }
}
