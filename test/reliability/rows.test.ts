import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Verdict } from '../runner/judge.js'
import { problemsOf, type Report, rowOf } from './rows.js'

const rows = suite('rows of the table of faults')

const verdict = (changes: Partial<Verdict> = {}): Verdict => ({
  problems: [],
  passed: 2,
  failed: 0,
  skipped: 0,
  skipReasons: [],
  ...changes,
})
const row = (...reports: Report[]): string => {
  const files = reports.map((_, i) => `file-${i}`)
  return rowOf('killed', { title: 'a fault', files }, new Map(reports.map((each, i) => [files[i]!, each])))
}

rows('tell what was observed of the fault: texts once, figures added up, over all files', () => {
  const observations = [
    { fault: 'killed', what: { kills: 3, damaged: 0 } },
    { fault: 'killed', what: 'the same | bits\n twice' },
    { fault: 'memory', what: 'of another fault' },
  ] as const
  const report = { verdict: verdict(), observations }
  assert.is(
    row(report, report),
    '| a fault | 6 kills; 0 damaged; the same \\| bits twice | 4 passed, 0 failed | `test/file-0.test.ts`, `test/file-1.test.ts` |',
  )
})

rows('tell a test that failed, was skipped, or has observed nothing', () => {
  const failed = verdict({ problems: ['exit status 1'], passed: 1, failed: 1 })
  const seen = [{ fault: 'killed', what: { kills: 3 } }] as const
  assert.match(
    row({ verdict: failed, observations: seen }),
    '**failed: file-0: exit status 1**; 3 kills | 1 passed, 1 failed',
  )
  const silent = { verdict: verdict(), observations: [] }
  assert.match(row(silent), '**failed: file-0: observed nothing**')
  assert.equal(problemsOf('killed', silent), ['observed nothing'])
  const skipped = { verdict: verdict({ passed: 0, skipped: 1 }), observations: [] }
  assert.match(row(skipped), 'not tried on this machine | 0 passed, 0 failed, 1 skipped')
  assert.equal(problemsOf('killed', skipped), [])
})

rows.run()
