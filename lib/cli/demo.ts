import path from 'node:path'
import type { EvaluationResult, Recipe } from '../index.js'
import { EXIT } from './exit.js'
import { writeFinalReport } from './final-report.js'
import { wholeNumber, word } from './options.js'
import { formatTable } from './output.js'
import { type Context, defineCommand } from './run.js'

const CLASSES = ['moving up', 'growing', 'circling', 'blinking'] as const
const SIZES = { trainPerClass: 16, testPerClass: 12, size: 64, frames: 16 }
// Found by trying a few: a random backbone needs a larger adapter and a larger alpha than a trained one.
const CHANGES = [
  ...['lambda=0', 'epochs=40', 'batchSize=8', 'warmupEpochs=2', 'learningRate=0.003', 'augmentation=vifi'],
  ...['adapter.layers=1-4', 'adapter.dim=128', 'adapter.alpha=0.3', 'adapter.dropout=0'],
]

/** `msta demo`: the whole job on generated clips, offline: video files, zero-shot, training, recognition. */
export const demo = defineCommand({
  command: 'demo',
  describe: 'Show the whole job on generated clips: video files, zero-shot, training, recognition',
  builder: (yargs) =>
    yargs
      .option('out', { ...word('Folder for the clips and the run'), default: 'runs/demo' })
      .option('seed', { ...wholeNumber('seed', 'Seed of clips, model and training'), default: 3 }),
  async run({ out, seed }, context) {
    const { library, signal, output } = context
    output.log('1/4 writing clips of moving shapes as mp4 files')
    const files = await library.generateMotionDataset(path.join(out, 'clips'), {
      classes: CLASSES,
      ...SIZES,
      seed,
      signal,
      onProgress: ({ done, total }) => output.progress('clips', done, total),
    })
    const { root, labels } = files
    const data = (list: string) => library.loadDataset({ root, list, labels, signal })
    const [training, test] = [await data(files.train), await data(files.test)]
    output.log(`    ${training.entries.length} to train on, ${test.entries.length} to test on, in ${root}`)

    output.log('2/4 a tiny ViCLIP with random weights, before any training')
    const recipe = { ...(await library.resolveRecipe('few-shot', CHANGES)), seed }
    const model = await library.ViCLIP.load('random:tiny', { seed, signal })
    try {
      const before = await library.evaluate({ model, data: test, signal })
      const { adapter, seconds } = await adapt(model, training, recipe, path.join(out, 'run'), context)
      output.log('4/4 recognising clips it has never seen')
      const after = await library.evaluate({ model, adapter, data: test, signal })
      const parameters = { backbone: library.parameterCount(model.config), adapter: adapter.parameters.count }
      print(context, before, after, parameters, seconds)
      const examples = CLASSES.map((_, label) => test.entries.find((entry) => entry.label === label)!.file)
      for await (const result of model.classifyMany(examples, [...CLASSES], { adapter, topK: 1, signal }))
        if ('predictions' in result)
          output.line(
            `${path.relative('.', result.video)}: ${result.predictions[0]!.label} (${percent(result.predictions[0]!.score)})`,
          )
      await writeFinalReport(
        { folder: path.join(out, 'run'), examples: { model, adapter, data: test } },
        context,
      )
      output.result({ before: figures(before), after: figures(after), parameters, seconds, out })
      adapter.dispose()
      return EXIT.ok
    } finally {
      model.dispose()
    }
  },
})

type Model = Awaited<ReturnType<Context['library']['ViCLIP']['load']>>
type Data = Awaited<ReturnType<Context['library']['loadDataset']>>

async function adapt(
  model: Model,
  data: Data,
  recipe: Recipe,
  out: string,
  { library, signal, output }: Context,
) {
  output.log(`3/4 training an MSTA adapter, ${recipe.epochs} epochs`)
  const started = performance.now()
  const { adapter, losses } = await library.train({
    model,
    data,
    recipe,
    out,
    signal,
    onProgress: ({ step, totalSteps, loss }) => output.progress(`loss ${loss.toFixed(2)}`, step, totalSteps),
  })
  const seconds = (performance.now() - started) / 1000
  const mean = (part: number[]) => (part.reduce((sum, loss) => sum + loss, 0) / part.length).toFixed(2)
  output.log(`    loss ${mean(losses.slice(0, 8))} in the first epoch, ${mean(losses.slice(-8))} in the last`)
  return { adapter, seconds }
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`
const figures = ({ top1, videos, perClass }: EvaluationResult) => ({ top1, videos, perClass })

function print(
  { output }: Context,
  before: EvaluationResult,
  after: EvaluationResult,
  parameters: { backbone: number; adapter: number },
  seconds: number,
): void {
  const share = (accuracy: number | null) => (accuracy === null ? '-' : percent(accuracy))
  const rows = after.perClass.map(({ label, accuracy }, c) => [
    label,
    share(before.perClass[c]!.accuracy),
    share(accuracy),
  ])
  const table = formatTable([
    ['accuracy on unseen clips', 'zero-shot', 'MSTA'],
    ...rows,
    ['all classes', percent(before.top1), percent(after.top1)],
    ['trained parameters', '0', parameters.adapter.toLocaleString('en')],
    ['seconds of training', '0', seconds.toFixed(0)],
  ])
  for (const line of table) output.line(line)
  output.line(
    `(chance is ${percent(1 / after.perClass.length)}; the frozen backbone has ${parameters.backbone.toLocaleString('en')} random parameters)`,
  )
}
