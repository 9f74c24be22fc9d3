import type { Verdict } from '../runner/judge.js'
import type { Observation, What } from '../support/observe.js'
import type { Fault, FaultName } from './faults.js'

/** How the run of a test file ended, and what it told. */
export interface Report {
  verdict: Verdict
  observations: readonly Observation[]
}

/** Why a report is no good, for one of the faults whose tests it is of. */
export function problemsOf(fault: FaultName, { verdict, observations }: Report): string[] {
  const isSilent = !observations.some((each) => each.fault === fault)
  // A test that was skipped can have seen nothing, and one that failed says so itself.
  return isSilent && verdict.skipped === 0 && verdict.problems.length === 0
    ? ['observed nothing']
    : verdict.problems
}

/** A row of the table: what the tests have observed, and which of them failed. */
export function rowOf(
  name: FaultName,
  { title, files }: Fault,
  reports: ReadonlyMap<string, Report>,
): string {
  const found = files.map((file) => ({ file, report: reports.get(file)! }))
  const failures = found.flatMap(({ file, report }) =>
    problemsOf(name, report).map((problem) => `**failed: ${file}: ${problem}**`),
  )
  const observations = found.flatMap(({ report }) =>
    report.observations.filter((each) => each.fault === name).map(({ what }) => what),
  )
  const told = sumUp(observations)
  const outcome = [...failures, ...told].join('; ') || 'not tried on this machine'
  const sum = (key: 'passed' | 'failed' | 'skipped') =>
    found.reduce((total, { report }) => total + report.verdict[key], 0)
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''
  const counts = `${sum('passed')} passed, ${sum('failed')} failed${skipped}`
  const where = files.map((file) => `\`test/${file}.test.ts\``).join(', ')
  return `| ${[title, outcome, counts, where].map(inCell).join(' | ')} |`
}

/** Texts as they are, in the order in which they came, each once; figures added up. */
function sumUp(observations: readonly What[]): string[] {
  const parts = new Map<string, number | undefined>()
  for (const what of observations) {
    if (typeof what === 'string') parts.set(what, undefined)
    else for (const [unit, count] of Object.entries(what)) parts.set(unit, (parts.get(unit) ?? 0) + count)
  }
  return [...parts].map(([text, count]) => (count === undefined ? text : `${count} ${text}`))
}

const inCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')
