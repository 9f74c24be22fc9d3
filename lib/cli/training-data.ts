import path from 'node:path'
import type { ChosenRecipe, ClassDescriptions, Dataset, Recipe, ViCLIP } from '../index.js'
import { descriptionFiles } from './description-options.js'
import { UsageError } from './exit.js'
import type { Context } from './run.js'

/** What `msta train` trains on and with. */
export interface TrainingData {
  data: Dataset
  validation: Dataset | undefined
  descriptions: ClassDescriptions | undefined
  out: string | undefined
  /** The recipe, which may depend on the model, and how long to wait for a better validation. */
  choose: (model: ViCLIP) => Promise<{ recipe: Recipe; patience: number | undefined }>
  /** Writes the lists that the run is to be read again by, where there are none yet. */
  prepare: () => Promise<void>
}

interface DescriptionWords {
  descriptions?: string | undefined
  'descriptions-labels'?: string | undefined
}

/** The options of `msta train` that decide it, as they are typed. */
export interface TrainingWords extends DescriptionWords {
  data: string
  train?: string | undefined
  labels?: string | undefined
  val?: string | undefined
  out?: string | undefined
  recipe?: string | undefined
  set?: string[] | undefined
  patience?: number | undefined
  'dry-run': boolean
  'on-bad-video': 'skip' | 'fail'
}

const DEFAULT_RECIPE = 'few-shot'

/** Reads the data that the options name: lists, or else a folder of class folders. */
export function readTrainingData(words: TrainingWords, context: Context): Promise<TrainingData> {
  const { train, labels, val } = words
  if (train !== undefined && labels !== undefined) return readLists(words, train, labels, context)
  if (train !== undefined) throw new UsageError('--train needs --labels, the names of its classes.')
  if (labels !== undefined || val !== undefined)
    throw new UsageError(
      '--labels and --val need --train; without these three --data is a folder of class folders.',
    )
  return readFolders(words, context)
}

async function readLists(
  words: TrainingWords,
  train: string,
  labels: string,
  context: Context,
): Promise<TrainingData> {
  const { library, signal, output } = context
  const { data: root, val, out, patience } = words
  if (out === undefined && !words['dry-run'])
    throw new UsageError('Give --out, the run folder, or --dry-run.')
  if (patience && val === undefined) throw new UsageError('--patience needs --val, which tells when to stop.')
  const names = await library.resolveLabels(labels, signal)
  const descriptions = await readDescriptions(names.names, words, context)
  const recipe = await library.resolveRecipe(words.recipe ?? DEFAULT_RECIPE, words.set ?? [])
  const dataset = (list: string) =>
    library.loadDataset({ root, list, labels: names, missing: words['on-bad-video'], signal })
  const data = await dataset(train)
  const validation = val === undefined ? undefined : await dataset(val)
  for (const { path: missing } of data.missing) output.warn(`${missing} does not exist and is left out`)
  if (validation) await warnOfShared(data, validation, context)
  const choice = { recipe, patience: patience || undefined }
  return { data, validation, descriptions, out, choose: async () => choice, prepare: async () => {} }
}

/** The run folder of a folder of class folders, unless one is given: beside it. */
export const runFolderOf = (data: string): string => `${path.join(data, '.').replace(/[\\/]+$/, '')}-run`

async function readFolders(words: TrainingWords, context: Context): Promise<TrainingData> {
  const { library, signal, output } = context
  const out = words.out ?? runFolderOf(words.data)
  if (path.dirname(path.resolve(out)) === path.resolve(words.data))
    throw new UsageError('--out lies among the classes of --data; choose another place.')
  const folders = await library.readFolderDataset(words.data, { out, signal })
  const { training, validation, classes, notes } = folders
  const descriptions = await readDescriptions(training.labels.names, words, context)
  const counts = classes.map((each) => `${each.name} ${each.training}+${each.validation}`).join(', ')
  output.log(
    `${words.data}: ${training.entries.length} clips to train on + ${validation?.entries.length ?? 0} held out, of ` +
      `${classes.length} classes: ${counts} (--train, --val and --labels for lists of your own)`,
  )
  for (const note of notes) output.log(`note: ${note}`)
  return {
    data: training,
    validation: validation ?? undefined,
    descriptions,
    out: words['dry-run'] ? undefined : out,
    choose: async (model) => {
      const chosen = await chooseRecipe(words, folders.classes, model, context)
      const patience = validation ? (words.patience ?? chosen.patience) || undefined : undefined
      const stop =
        patience === undefined
          ? ''
          : `; stops after ${patience} validations without a better one (--patience)`
      const { name, epochs, batchSize } = chosen.recipe
      output.log(
        `recipe ${name} ${chosen.reason}: at most ${epochs} epochs, ${batchSize} clips a step (--recipe, --set)${stop}`,
      )
      return { recipe: chosen.recipe, patience }
    },
    prepare: async () => {
      await library.writeFolderLists(folders)
      output.log(`run folder: ${out} (--out), with the lists of the clips`)
    },
  }
}

async function chooseRecipe(
  { recipe, set = [], descriptions }: TrainingWords,
  classes: readonly { training: number }[],
  model: ViCLIP,
  { library }: Context,
): Promise<ChosenRecipe> {
  const clips = classes.map(({ training }) => training)
  const changes = recipe === undefined ? set : []
  const hasDescriptions = descriptions !== undefined
  const chosen = await library.recipeForClips(clips, model.config, changes, { hasDescriptions })
  if (recipe === undefined) return chosen
  return { ...chosen, recipe: await library.resolveRecipe(recipe, set), reason: 'as given' }
}

async function readDescriptions(
  names: readonly string[],
  words: DescriptionWords,
  { library, signal }: Context,
): Promise<ClassDescriptions | undefined> {
  const files = descriptionFiles(words)
  return files && library.readClassDescriptions(names, files, signal)
}

/** A validation on what is trained on tells nothing about other videos. */
async function warnOfShared(
  data: Dataset,
  validation: Dataset,
  { library, signal, output }: Context,
): Promise<void> {
  const shared = await library.sharedVideos(data, validation, signal)
  if (shared.length === 0) return
  const { train, test } = shared[0]!
  output.warn(
    `${shared.length} videos of --val are trained on, too, such as ${test.path} (line ${train.line} of --train)`,
  )
}
