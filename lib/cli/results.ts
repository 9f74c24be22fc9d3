import type { BundleComparison, ResultComparison, SavedResult } from '../index.js'
import { UsageError } from './exit.js'
import { formatTable, type Output, percent } from './output.js'
import { protocolTable } from './protocol-table.js'
import { type Context, defineCommand, wordsOf } from './run.js'

const MOST_CLASSES = 10

/** `msta results`: what `msta eval` wrote, side by side or compared. */
export const results = defineCommand({
  command: 'results <action> [files..]',
  describe: 'Show results of msta eval side by side, or tell how two of them differ',
  builder: (yargs) =>
    yargs
      .positional('action', {
        choices: ['show', 'diff'] as const,
        demandOption: true,
        describe: 'show: a line a file, with mean and deviation; diff: from the first file to the second',
      })
      .positional('files', {
        type: 'string',
        array: true,
        describe: 'Files of msta eval --json, or results.json',
      })
      .example('$0 eval ... --json > zero-shot.json && msta results diff zero-shot.json adapted.json', ''),
  async run(options, context) {
    const { library, signal, output } = context
    const files = wordsOf(options, options.files)
    if (files.length === 0) throw new UsageError('Give at least one file.')
    if (options.action === 'diff' && files.length !== 2)
      throw new UsageError('diff takes two files: before and after.')
    const bundles = await Promise.all(files.map((file) => library.isBundleFile(file, signal)))
    if (bundles.every(Boolean)) return bundleAction(options.action, files, context)
    if (bundles.some(Boolean) && options.action === 'diff')
      throw new UsageError('One file is a result bundle of a protocol, the other is not.')
    const read: SavedResult[] = []
    for (const file of files) read.push(await library.readResult(file, signal))
    if (options.action === 'diff') {
      const comparison = library.compareResults(read[0]!, read[1]!)
      showComparison(comparison, output)
      output.result(comparison)
      return
    }
    const top1 = library.meanAndStd(
      read.map((result) => result.top1),
      1,
    )
    const top5 = library.meanAndStd(
      read.map((result) => result.top5),
      1,
    )
    const rows = read.map(({ top1, top5, videos, failed, views, model, adapter }, i) => {
      return [files[i]!, percent(top1), percent(top5), `${videos}`, `${failed}`, views, adapter ?? model]
    })
    const heads = ['file', 'top-1', 'top-5', 'videos', 'failed', 'views', 'adapter or model']
    for (const line of formatTable([heads, ...rows])) output.line(line)
    if (read.length > 1)
      output.line(
        `mean ± std (ddof 1) of ${read.length}: top-1 ${percent(top1.mean)} ± ${points(top1.std)}, top-5 ${percent(top5.mean)} ± ${points(top5.std)}`,
      )
    output.result({ results: files.map((file, i) => ({ file, ...read[i]! })), top1, top5 })
  },
})

/** The same for result bundles of `msta eval --protocol`. */
async function bundleAction(
  action: 'show' | 'diff',
  files: readonly string[],
  { library, signal, output }: Context,
): Promise<void> {
  const bundles = await Promise.all(files.map((file) => library.readBundle(file, signal)))
  if (action === 'diff') {
    const comparison = library.compareBundles(bundles[0]!, bundles[1]!)
    showBundleComparison(comparison, output)
    output.result(comparison)
    return
  }
  for (const [i, bundle] of bundles.entries()) {
    output.line(`${i > 0 ? '\n' : ''}${files[i]}`)
    for (const line of protocolTable(bundle)) output.line(line)
  }
  output.result({ results: files.map((file, i) => ({ file, ...bundles[i]! })) })
}

function showBundleComparison(comparison: BundleComparison, output: Output): void {
  const { settings, isSameTask, isSameFigures, isSameAdapters, systems } = comparison
  if (!isSameTask) output.warn('protocol, lists or classes differ: these accuracies are not of the same task')
  for (const { setting, before, after } of settings) output.line(`${setting}: ${before} -> ${after}`)
  const rows = systems.flatMap(({ system, shots, ...figures }) =>
    Object.entries(figures).map(([figure, { before, after, change }]) => [
      shots === null ? system : `${system}, ${shots} shots`,
      figure,
      percent(before),
      percent(after),
      signed(change),
    ]),
  )
  for (const line of formatTable([['system', 'accuracy', 'before', 'after', 'change'], ...rows]))
    output.line(line)
  if (isSameFigures) output.line('all figures of all runs are the same')
  if (isSameAdapters) output.line('all adapters are the same, bit by bit')
}

const points = (share: number) => (100 * share).toFixed(2)
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
