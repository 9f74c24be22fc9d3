import type { DatasetReport } from '../index.js'
import { EXIT } from './exit.js'
import { wholeNumber, word } from './options.js'
import { formatTable, type Output } from './output.js'
import { defineCommand } from './run.js'

/** `msta data check`: looks at every video of a list. */
export const check = defineCommand({
  command: 'check',
  describe: 'Find missing, undecodable, audio-only, short and duplicate videos of a list',
  builder: (yargs) =>
    yargs
      .option('data', { ...word('Folder that the paths of the list are relative to'), demandOption: true })
      .option('list', { ...word('The list, in any of the usual forms'), demandOption: true })
      .option('labels', word('Label file; without it classes are those of the list'))
      .option('frames', { ...wholeNumber('frames', 'Frames of a clip: fewer are short', 1), default: 8 })
      .example('$0 data check --data clips --list clips/train.txt --labels clips/labels.csv', ''),
  async run({ data: root, list, labels, frames }, { library, signal, output }) {
    const report = await library.checkDataset({
      root,
      list,
      ...(labels !== undefined && { labels }),
      frames,
      signal,
      onProgress: ({ done, total }) => output.progress('checking', done, total),
    })
    print(report, output)
    output.result(report)
    return report.bad > 0 ? EXIT.failure : EXIT.ok
  },
})

function print({ videos, bad, problems, classes }: DatasetReport, output: Output): void {
  for (const { kind, line, message } of problems) output.line(`${kind}, line ${line}: ${message}`)
  const counts = classes.map(({ label, name, videos, bad }) => [
    `${videos}`,
    bad > 0 ? `${bad} bad` : '',
    name ?? `class ${label}`,
  ])
  for (const row of formatTable(counts)) output.line(row)
  const kinds = [...new Set(problems.map(({ kind }) => kind))]
  const sums = kinds.map((kind) => `${problems.filter((problem) => problem.kind === kind).length} ${kind}`)
  output.line(`${videos} videos, ${bad} bad${sums.length > 0 ? ` (${sums.join(', ')})` : ''}`)
}
