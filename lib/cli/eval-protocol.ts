import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Argv } from 'yargs'
import type { DeviceName, ProtocolRequest } from '../index.js'
import { cacheOptions } from './cache-options.js'
import { descriptionFiles, withDescriptionOptions } from './description-options.js'
import { EXIT, UsageError } from './exit.js'
import { writeFinalReport } from './final-report.js'
import { DEFAULT_MODEL, type ModelOptions, warnOfWeights } from './model-options.js'
import { choice, flag, wholeNumber, wholeNumbers, word } from './options.js'
import { protocolTable } from './protocol-table.js'
import { pullMissing } from './pull-report.js'
import type { Context } from './run.js'

const NAMES = ['zero-shot', 'few-shot', 'base-to-novel', 'supervised'] as const

const PROTOCOL_OPTIONS = [
  'protocol',
  'dataset',
  'lists',
  'train',
  'novel-list',
  'novel-labels',
  'train-data',
  'train-labels',
  'systems',
  'recipe',
  'set',
  'descriptions',
  'descriptions-labels',
  'shots',
  'seeds',
  'ddof',
  'clip-model',
  'on-overlap',
  'out',
  'resume',
  'rerun',
]

/** Adds the options of `msta eval --protocol`. */
export function withProtocolOptions<T>(yargs: Argv<T>) {
  return withDescriptionOptions(yargs, '; with --dataset a folder of them')
    .option('protocol', choice('Test by a protocol of the paper', NAMES))
    .option('dataset', word('One of the paper: ucf101, hmdb51, ssv2, k400, k600, with --lists'))
    .option('lists', word("Folder of the data set's public lists: a checkout of ViFi-CLIP"))
    .option('train', word('Training list, or several with commas: one a run'))
    .option('novel-list', word('Base-to-novel: test list of the novel classes'))
    .option('novel-labels', word('Base-to-novel: label file of the novel classes'))
    .option('train-data', word('Zero-shot: folder of the training videos'))
    .option('train-labels', word('Zero-shot: label file of the training list'))
    .option('systems', word('What to compare, with commas: msta,lora,... or all, ablations, recipe names'))
    .option('recipe', word("Recipe of what trains (the protocol's)"))
    .option('set', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'Change the recipe: key=value, or SYSTEM:key=value',
    })
    .option('shots', word('Videos of each class to train on, such as 16 or 2,4,8,16'))
    .option('seeds', word('Seeds of the runs, such as 0,1,2'))
    .option('ddof', wholeNumber('ddof', 'Degrees of freedom that a deviation takes off (1)'))
    .option('clip-model', word('A CLIP checkpoint, for the systems clip and vifi-clip'))
    .option('on-overlap', choice('Videos or classes both trained and tested on', ['fail', 'warn']))
    .option('out', word('Folder for results.json and the runs (runs/PROTOCOL)'))
    .option('resume', { ...flag('Keep what is finished in --out'), default: false })
    .option('rerun', word('A results.json: do again what it was made by'))
    .group(PROTOCOL_OPTIONS, 'With a protocol:')
}

interface ProtocolOptions extends ModelOptions {
  protocol?: (typeof NAMES)[number] | undefined
  dataset?: string | undefined
  lists?: string | undefined
  data?: string | undefined
  list?: string | undefined
  labels?: string | undefined
  train?: string | undefined
  'novel-list'?: string | undefined
  'novel-labels'?: string | undefined
  'train-data'?: string | undefined
  'train-labels'?: string | undefined
  systems?: string | undefined
  recipe?: string | undefined
  set?: string[] | undefined
  template?: string | undefined
  descriptions?: string | undefined
  'descriptions-labels'?: string | undefined
  shots?: string | undefined
  seeds?: string | undefined
  ddof?: number | undefined
  views?: string | undefined
  'clip-model'?: string | undefined
  'on-bad-video': 'skip' | 'fail'
  'cache-frames'?: string | undefined
  'cache-frames-per-clip'?: number | 'all' | undefined
  'cache-frames-short-side'?: number | undefined
  'on-overlap'?: 'fail' | 'warn' | undefined
  out?: string | undefined
  resume: boolean
  rerun?: string | undefined
}

/** `msta eval --protocol`: trains and tests systems, prints the table and writes the result bundle. */
export async function evalByProtocol(options: ProtocolOptions, context: Context): Promise<number> {
  const { library, signal, output } = context
  if (options.threads !== undefined) library.setThreads(options.threads)
  const earlier = options.rerun === undefined ? undefined : await library.readBundle(options.rerun, signal)
  const request = earlier?.request ?? (await requestOf(options, context))
  warnOfWeights(request.model.source, output)
  await pullMissing([request.model.source, ...(request.clip ? [request.clip.source] : [])], context)
  const out = options.out ?? unusedFolder(`runs/${request.protocol}`)
  try {
    const result = await library.runProtocol(request, {
      out,
      resume: options.resume,
      signal,
      onProgress: ({ system, run, part, done, total }) =>
        output.progress(`${system}, ${run}, ${part}`, done, total),
      onNote: (note) => output.warn(note),
    })
    for (const line of protocolTable(result)) output.line(line)
    const bundle = path.join(out, 'results.json')
    output.line(`result bundle: ${bundle}`)
    await writeFinalReport({ folder: out, source: bundle }, context)
    const isSame = earlier && library.compareBundles(earlier, result).isSameFigures
    if (isSame !== undefined)
      output.line(`figures ${isSame ? 'the same as' : 'other than'} in ${options.rerun}`)
    output.result({ ...result, out, ...(isSame !== undefined && { isSameFigures: isSame }) })
    return EXIT.ok
  } catch (error) {
    if (signal.aborted)
      output.log(`what is done is kept in ${out}; go on with the same command, --out ${out} and --resume`)
    throw error
  }
}

/** Paths with commas between, as a bundle has them: good from any folder. */
const paths = (text: string): string[] => text.split(',').map((file) => path.resolve(file))

/** A model's file good from any folder; other sources as they are. */
const place = (source: string): string => (existsSync(source) ? path.resolve(source) : source)

/** What the options ask for. */
async function requestOf(options: ProtocolOptions, { library, output }: Context): Promise<ProtocolRequest> {
  const { protocol, dataset, device, dtype, seed, adapter } = options
  const { frames, as, 'clip-model': clip } = options
  const base = options.base === undefined ? undefined : place(options.base)
  const common = { seed, device: device as DeviceName, dtype, frames }
  const model = {
    ...common,
    source: place(options.model ?? DEFAULT_MODEL),
    as,
    ...(clip === undefined && { base }),
  }
  const template = options.template === undefined ? [] : [`template=${options.template}`]
  const lists =
    dataset === undefined
      ? { data: dataOf(options) }
      : await library.knownDataset(dataset, protocol!, {
          root: path.resolve(need(options, 'data', 'the videos of the data set')),
          lists: path.resolve(need(options, 'lists', 'the lists of the data set')),
          descriptions: options.descriptions && path.resolve(options.descriptions),
          recipe: options.recipe,
        })
  const data = { ...lists.data, ...transferOf(options, lists.data.root) }
  const cache = cacheOptions(options, output)
  const { onWarning: __, ...kept } = cache ?? {}
  // Adapters, and models as they are, need no training.
  const systems = options.systems?.split(',')
  const { train: _, ...tests } = data
  const isUntrained =
    adapter !== undefined || (systems?.every((name) => ['clip', 'zero-shot'].includes(name)) ?? false)
  return {
    protocol: protocol!,
    ...lists,
    data: isUntrained ? tests : data,
    model,
    ...(clip !== undefined && { clip: { ...common, source: place(clip), base } }),
    ...(systems && { systems }),
    ...(adapter !== undefined && { adapters: paths(adapter) }),
    ...(options.recipe !== undefined && { recipe: options.recipe }),
    changes: [...(options.set ?? []), ...template],
    ...(dataset === undefined && { descriptions: descriptionsOf(options) }),
    ...(options.shots !== undefined && { shots: wholeNumbers('shots', options.shots) }),
    ...(options.seeds !== undefined && { seeds: wholeNumbers('seeds', options.seeds) }),
    ...(options.ddof !== undefined && { ddof: options.ddof }),
    ...(options.views !== undefined && { views: options.views }),
    badVideos: options['on-bad-video'],
    ...(cache && { cacheFrames: { ...kept, folder: path.resolve(cache.folder) } }),
    onOverlap: options['on-overlap'],
  }
}

function dataOf(options: ProtocolOptions): ProtocolRequest['data'] {
  const root = path.resolve(need(options, 'data', 'the folder of the videos'))
  const test = paths(need(options, 'list', 'the test list'))
  const labels = paths(need(options, 'labels', 'the classes'))
  const { train, 'novel-list': novelTest, 'novel-labels': novelLabels } = options
  if ((novelTest === undefined) !== (novelLabels === undefined))
    throw new UsageError('--novel-list and --novel-labels go together.')
  return {
    root,
    test,
    labels,
    ...(train !== undefined && { train: paths(train) }),
    ...(novelTest !== undefined && {
      novel: { test: path.resolve(novelTest), labels: path.resolve(novelLabels!) },
    }),
  }
}

/** The data set that zero-shot transfer trains on, if any. */
function transferOf(
  options: ProtocolOptions,
  root: string,
): Pick<ProtocolRequest['data'], 'train' | 'source'> {
  const { protocol, train } = options
  if (protocol !== 'zero-shot' || train === undefined) return {}
  const labels = path.resolve(need(options, 'train-labels', 'the classes of the training list'))
  return { train: paths(train), source: { root: path.resolve(options['train-data'] ?? root), labels } }
}

function need<Key extends 'data' | 'list' | 'labels' | 'lists' | 'train-labels'>(
  options: ProtocolOptions,
  key: Key,
  what: string,
): string {
  const value = options[key]
  if (value === undefined) throw new UsageError(`Give --${key}: ${what}.`)
  return value
}

function descriptionsOf(options: ProtocolOptions): ProtocolRequest['descriptions'] {
  const files = descriptionFiles(options)
  if (!files) return undefined
  const { spatial, temporal, labels } = files
  return {
    spatial: path.resolve(spatial),
    temporal: path.resolve(temporal),
    ...(labels !== undefined && { labels: path.resolve(labels) }),
  }
}

/** A folder that does not exist yet, so that no earlier result is written over. */
function unusedFolder(base: string): string {
  let folder = base
  for (let number = 2; existsSync(folder); number++) folder = `${base}-${number}`
  return folder
}
