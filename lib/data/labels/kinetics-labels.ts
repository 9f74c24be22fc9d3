import { parseKineticsCsv } from '../kinetics-csv.js'
import type { FailAt } from './problem.js'

/** The classes of a Kinetics CSV: the different names of its column `label`, in alphabetical order. */
export function parseKineticsLabels(text: string, fail: FailAt): string[] {
  const { column, rows } = parseKineticsCsv(text)
  const label = column('label')
  if (label === undefined) return fail(1, 'The CSV has no column "label" (test sets of Kinetics have none).')
  if (rows.length === 0) fail(1, 'It lists no class.')
  const names = rows.map(({ record, line }) => record[label] || fail(line, 'The label is empty.'))
  return [...new Set(names)].sort()
}
