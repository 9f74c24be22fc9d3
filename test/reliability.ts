/** Tries every fault of `reliability/faults.ts` by its tests and writes what happened: `npm run reliability [FILE]`. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../lib/runtime/package-root.js'
import { FAULTS, type Fault } from './reliability/faults.js'
import { execute } from './runner/execute.js'
import { judge, type Verdict } from './runner/judge.js'

const TIMEOUT_MS = 600_000
const AT_ONCE = 2
const root = path.dirname(fileURLToPath(import.meta.url))
const verdicts = new Map<string, Verdict>()

async function runFile(name: string): Promise<void> {
  const file = path.join(root, `${name}.test.js`)
  const source = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const verdict = judge(await execute({ file, name, env: {} }, TIMEOUT_MS), source)
  for (const { tests, fault } of FAULTS)
    for (const [other, part] of tests)
      if (other === name && !source.includes(part)) verdict.problems.push(`no test "${part}" for: ${fault}`)
  verdicts.set(name, verdict)
  const what = verdict.problems.length > 0 ? verdict.problems.join('; ') : `${verdict.passed} passed`
  process.stdout.write(`${name}: ${what}\n`)
}

function rowOf({ fault, outcome, tests }: Fault): string {
  const own = [...new Set(tests.map(([name]) => name))]
  const found = own.map((name) => verdicts.get(name)!)
  const isAsTold = found.every(({ problems }) => problems.length === 0)
  const sum = (key: 'passed' | 'failed' | 'skipped') => found.reduce((total, each) => total + each[key], 0)
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''
  const counts = `${sum('passed')} passed, ${sum('failed')} failed${skipped}`
  const files = own.map((name) => `\`test/${name}.test.ts\``).join(', ')
  return `| ${fault} | ${isAsTold ? outcome : '**not as expected**'} | ${counts} | ${files} |`
}

const queue = new Set(FAULTS.flatMap(({ tests }) => tests.map(([name]) => name))).values()
const worker = async () => {
  for (const name of queue) await runFile(name)
}
await Promise.all(Array.from({ length: AT_ONCE }, worker))

const { version } = JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8')) as {
  version: string
}
const machine = `${os.type()} ${os.arch()}, ${os.cpus().length} cores, Node ${process.versions.node}`
const skips = [...verdicts].flatMap(([name, { skipReasons }]) =>
  skipReasons.map((why) => `- ${name}: ${why}`),
)
const text = `# Faults tried, and what happened

Written by \`npm run reliability\`, which runs the tests named in each row (all tests of these files are counted).
${new Date().toISOString().slice(0, 10)}, msta-native ${version}, ${machine}.

| fault | what happened | tests | where |
|---|---|---|---|
${FAULTS.map(rowOf).join('\n')}
${skips.length > 0 ? `\nNot tried on this machine:\n\n${skips.join('\n')}\n` : ''}`
const target = process.argv[2] ?? path.join(packageRoot, 'docs/reliability.md')
mkdirSync(path.dirname(target), { recursive: true })
writeFileSync(target, text)
process.exitCode = [...verdicts.values()].every(({ problems }) => problems.length === 0) ? 0 : 1
