import type { ResultComparison, SavedResult } from '../index.js'
import { UsageError } from './exit.js'
import { formatTable, type Output } from './output.js'
import { defineCommand, wordsOf } from './run.js'

const MOST_CLASSES = 10

/** `msta results`: what `msta eval --json` wrote, side by side or compared. */
export const results = defineCommand({
  command: 'results <action> [files..]',
  describe: 'Show results of msta eval --json side by side, or tell how two of them differ',
  builder: (yargs) =>
    yargs
      .positional('action', {
        choices: ['show', 'diff'] as const,
        demandOption: true,
        describe: 'show: a line a file, with mean and deviation; diff: from the first file to the second',
      })
      .positional('files', { type: 'string', array: true, describe: 'Files of msta eval --json' })
      .example('$0 eval ... --json > zero-shot.json && msta results diff zero-shot.json adapted.json', ''),
  async run(options, { library, signal, output }) {
    const files = wordsOf(options, options.files)
    if (files.length === 0) throw new UsageError('Give at least one file.')
    if (options.action === 'diff' && files.length !== 2)
      throw new UsageError('diff takes two files: before and after.')
    const read: SavedResult[] = []
    for (const file of files) read.push(await library.readResult(file, signal))
    if (options.action === 'diff') {
      const comparison = library.compareResults(read[0]!, read[1]!)
      showComparison(comparison, output)
      output.result(comparison)
      return
    }
    const top1 = library.meanAndDeviation(read.map((result) => result.top1))
    const top5 = library.meanAndDeviation(read.map((result) => result.top5))
    const rows = read.map(({ top1, top5, videos, failed, views, model, adapter }, i) => {
      return [files[i]!, percent(top1), percent(top5), `${videos}`, `${failed}`, views, adapter ?? model]
    })
    const heads = ['file', 'top-1', 'top-5', 'videos', 'failed', 'views', 'adapter or model']
    for (const line of formatTable([heads, ...rows])) output.line(line)
    if (top1.deviation !== null && top5.deviation !== null)
      output.line(
        `mean ± std (ddof 1) of ${read.length}: top-1 ${percent(top1.mean)} ± ${points(top1.deviation)}, top-5 ${percent(top5.mean)} ± ${points(top5.deviation)}`,
      )
    output.result({ results: files.map((file, i) => ({ file, ...read[i]! })), top1, top5 })
  },
})

const points = (share: number) => (100 * share).toFixed(2)
const percent = (share: number) => `${points(share)} %`
const signed = (share: number) => `${share > 0 ? '+' : ''}${points(share)}`

function showComparison(comparison: ResultComparison, output: Output): void {
  const { settings, isSameTask, top1, top5, perClass } = comparison
  if (!isSameTask) output.warn('the lists or classes differ: these accuracies are not of the same task')
  for (const { setting, before, after } of settings) output.line(`${setting}: ${before} -> ${after}`)
  const verdict = Math.abs(top1.change) > top1.margin ? 'beyond' : 'within'
  output.line(
    `top-1 ${percent(top1.before)} -> ${percent(top1.after)}, ${signed(top1.change)} points, ${verdict} the margin of ${points(top1.margin)}`,
  )
  output.line(`top-5 ${percent(top5.before)} -> ${percent(top5.after)}, ${signed(top5.change)} points`)
  const rows = perClass
    .slice(0, MOST_CLASSES)
    .map(({ label, before, after, change }) => [signed(change), percent(before), percent(after), label])
  for (const line of formatTable(rows)) output.line(line)
  if (perClass.length > MOST_CLASSES)
    output.line(`and ${perClass.length - MOST_CLASSES} more classes (--json has all)`)
}
