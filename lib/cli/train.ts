import type { Adapter, ClassDescriptions, Dataset, Recipe, TrainOptions } from '../index.js'
import { cacheOptions, cacheSummary, withCacheOptions } from './cache-options.js'
import { withDescriptionOptions } from './description-options.js'
import { EXIT } from './exit.js'
import { writeFinalReport } from './final-report.js'
import { loadModel, withModelOptions } from './model-options.js'
import { choice, flag, wholeNumber, word } from './options.js'
import { formatTable, percent } from './output.js'
import { type Context, defineCommand } from './run.js'
import { readTrainingData } from './training-data.js'

/** `msta train`: adapts a model to the actions of a list of videos. */
export const train = defineCommand({
  command: 'train',
  describe:
    'Adapt a model to new actions: trains an adapter on a folder of class folders, or a list of videos',
  builder: (yargs) =>
    withDescriptionOptions(withCacheOptions(withModelOptions(yargs)))
      .option(
        'recipe',
        word(
          'A built-in recipe (msta recipes lists them) or a JSON file; few-shot for lists, else by the clips',
        ),
      )
      .option('set', {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'Change the recipe: key=value',
      })
      .option('data', {
        ...word(
          'Folder with a folder of clips for each class; or the folder that the paths of --train are relative to',
        ),
        demandOption: true,
      })
      .option('train', word('Training list, in any of the usual forms; needs --labels'))
      .option('labels', word('Label file of --train, such as a CSV with the header id,name'))
      .option('val', word('List to evaluate on after every epoch'))
      .option('out', word('Run folder; without --train DATA-run unless given'))
      .option(
        'patience',
        wholeNumber(
          'patience',
          'Validations without a better one after which to stop with the best adapter; 0: never. Without --train set by itself',
        ),
      )
      .option('dry-run', {
        ...flag('Measure the first steps, and tell memory and time; writes nothing'),
        default: false,
      })
      .option('resume', { ...flag('Continue the run in --out'), default: false })
      .option(
        'cache-video-prefix',
        wholeNumber(
          'cache-video-prefix',
          'Megabytes for what the unadapted blocks make of each video (needs --set augmentation=none)',
        ),
      )
      .option('keep-checkpoints', wholeNumber('keep-checkpoints', 'Checkpoints that stay in --out (2)', 1))
      .option('on-non-finite', {
        ...choice('A step whose loss or gradient is not finite', ['stop', 'skip']),
        default: 'stop' as const,
      })
      .option('on-bad-video', {
        ...choice('A video that cannot be decoded', ['skip', 'fail']),
        default: 'skip' as const,
      })
      .example('$0 train --data my-actions', '')
      .example('$0 train --data clips --train clips/train.txt --labels clips/labels.csv --out run', ''),
  async run(options, context) {
    const { signal, output } = context
    const { resume } = options
    const cacheFrames = cacheOptions(options, output)
    const source = await readTrainingData(options, context)
    const { data, validation, descriptions, out } = source
    const { model, adapter, dispose } = await loadModel(options, context)
    try {
      const choice = await source.choose(model)
      const recipe = withoutUnusableTerm(choice.recipe, descriptions, context)
      if (recipe.lambda > 0 && descriptions)
        await warnOfDescriptions(descriptions, recipe, model.config.text.contextLength, context)
      const trainOptions: TrainOptions = {
        model,
        ...(adapter && { adapter }),
        data,
        validation,
        descriptions,
        recipe,
        patience: choice.patience,
        out,
        resume,
        badVideos: options['on-bad-video'],
        onNonFinite: options['on-non-finite'],
        cacheVideoPrefix: options['cache-video-prefix'],
        cacheFrames,
        keepCheckpoints: options['keep-checkpoints'],
        signal,
        ...reporter(context),
        onNote: (note) => output.warn(note),
      }
      if (options['dry-run']) await measure(trainOptions, context)
      else {
        // A run that cannot be continued with these clips keeps its own lists.
        if (!resume) await source.prepare()
        await runToTheEnd(trainOptions, context)
        if (resume) await source.prepare()
      }
      return EXIT.ok
    } catch (error) {
      if (signal.aborted && !options['dry-run'])
        output.log(`the run is kept; continue it with the same command and --resume`)
      throw error
    } finally {
      dispose()
    }
  },
})

async function runToTheEnd(options: TrainOptions, context: Context): Promise<void> {
  const { library, output } = context
  const result = await library.train(options)
  // It may have ended before its last step.
  output.end()
  if (result.frameCache) output.log(cacheSummary(result.frameCache))
  for (const { error } of result.failures) output.warn(`left out: ${error.message}`)
  output.line(`${result.steps} steps done; adapter in ${result.adapterFile}`)
  if (options.patience !== undefined && result.best)
    output.line(`it is of the best validation, first reached in epoch ${result.best.epoch + 1}`)
  if (result.validation)
    output.line(
      `validation top-1 ${percent(result.validation.top1)}, top-5 ${percent(result.validation.top5)}`,
    )
  await reportRun(options, result.adapter, context)
  output.result({
    out: options.out,
    steps: result.steps,
    loss: result.losses.at(-1) ?? null,
    adapter: result.adapterFile,
    failures: result.failures.map(({ path, error }) => ({ path, message: error.message })),
    validation: result.validation && { top1: result.validation.top1, top5: result.validation.top5 },
    best: result.best,
    frameCache: result.frameCache,
  })
  output.log(`now: msta predict CLIP --adapter ${options.out}`)
  if (!options.adapter) result.adapter.dispose()
}

/** The run's report, with videos of the validation list. */
function reportRun({ model, validation, recipe, out }: TrainOptions, adapter: Adapter, context: Context) {
  const examples = validation && { model, adapter, data: validation as Dataset, template: recipe.template }
  return writeFinalReport({ folder: out!, examples }, context)
}

/** `--dry-run`: what the run will take. */
async function measure(options: TrainOptions, { library, output }: Context): Promise<void> {
  const run = await library.dryRun(options)
  const { parameters, memory, secondsPerStep, steps, seconds, measuredSteps } = run
  const count = (number: number) => number.toLocaleString('en')
  const rows = [
    ['parameters that train', count(parameters.trained)],
    ['parameters in all', count(parameters.total)],
    ['memory between steps', `${count(memory.weightsMb)} MiB`],
    ['memory of a step (activations, gradients)', `${count(memory.stepMb)} MiB`],
    ['peak memory', `${count(memory.peakMb)} MiB`],
    ['time per step', `${secondsPerStep.toFixed(3)} s`],
    ['steps', count(steps)],
    ['time of the run', `${(seconds / 60).toFixed(1)} min`],
  ]
  for (const line of formatTable(rows)) output.line(line)
  output.line(`(measured on ${measuredSteps} steps; nothing is written or changed)`)
  output.result(run)
}

/** Tells once how many descriptions are longer than the text encoder reads, and how many are missing. */
async function warnOfDescriptions(
  descriptions: ClassDescriptions,
  { descriptionsPerClass: count }: Recipe,
  contextLength: number,
  { library, output }: Context,
): Promise<void> {
  const { spatial, temporal } = library.firstOfEach(descriptions, count)
  const lists = [...spatial, ...temporal]
  const texts = lists.flat()
  const tooLong = await library.countTooLong(texts, contextLength)
  if (tooLong > 0)
    output.warn(
      `${tooLong} of ${texts.length} descriptions are longer than ${contextLength} tokens; only their beginnings are read`,
    )
  const short = lists.filter((list) => list.length < count).length
  if (short > 0)
    output.warn(`${short} of ${lists.length} lists have fewer than the recipe's ${count} descriptions`)
}

function withoutUnusableTerm(recipe: Recipe, descriptions: unknown, { output }: Context): Recipe {
  if (recipe.lambda === 0 || descriptions) return recipe
  output.warn(
    `no --descriptions: training plain MSTA, without the recipe's consistency term (lambda ${recipe.lambda})`,
  )
  return { ...recipe, lambda: 0 }
}

function reporter({ output }: Context): Pick<TrainOptions, 'onProgress' | 'onValidation'> {
  let epoch: { number: number; losses: number[] } | undefined
  const flush = () => {
    if (!epoch || epoch.losses.length === 0) return
    const mean = epoch.losses.reduce((sum, loss) => sum + loss, 0) / epoch.losses.length
    output.log(`epoch ${epoch.number + 1}: loss ${mean.toFixed(4)}`)
    epoch = undefined
  }
  return {
    onProgress: ({ step, totalSteps, epoch: number, loss }) => {
      if (epoch?.number !== number) {
        flush()
        epoch = { number, losses: [] }
      }
      epoch.losses.push(loss)
      output.progress(`epoch ${number + 1}, loss ${loss.toFixed(3)}`, step, totalSteps)
      if (step === totalSteps) flush()
    },
    onValidation: ({ epoch: number, top1, isBest }) => {
      flush()
      output.log(`epoch ${number + 1}: validation top-1 ${percent(top1)}${isBest ? ', the best' : ''}`)
    },
  }
}
