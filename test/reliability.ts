/** Tries every fault of `reliability/faults.ts` by its tests and writes what they observed: `npm run reliability [FILE]`. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../lib/runtime/package-root.js'
import { FAULTS, type FaultName } from './reliability/faults.js'
import { problemsOf, type Report, rowOf } from './reliability/rows.js'
import { execute } from './runner/execute.js'
import { judge } from './runner/judge.js'
import { type Observation, SINK } from './support/observe.js'

const TIMEOUT_MS = 600_000
const AT_ONCE = 2
const root = path.dirname(fileURLToPath(import.meta.url))
const sinks = mkdtempSync(path.join(os.tmpdir(), 'msta-observations-'))
const reports = new Map<string, Report>()
const faults = Object.keys(FAULTS) as FaultName[]
const filesOf = (fault: FaultName): readonly string[] => FAULTS[fault].files
const problems = (name: string) =>
  faults
    .filter((fault) => filesOf(fault).includes(name))
    .flatMap((fault) => problemsOf(fault, reports.get(name)!))

async function runFile(name: string): Promise<void> {
  const file = path.join(root, `${name}.test.js`)
  const sink = path.join(sinks, name.replaceAll('/', '-'))
  const source = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const execution = await execute({ file, name, env: { [SINK]: sink } }, TIMEOUT_MS)
  const lines = existsSync(sink) ? readFileSync(sink, 'utf8').trimEnd().split('\n') : []
  const observations = lines.map((line) => JSON.parse(line) as Observation)
  const verdict = judge(execution, source)
  reports.set(name, { verdict, observations })
  process.stdout.write(`${name}: ${problems(name).join('; ') || `${verdict.passed} passed`}\n`)
}

const queue = new Set(faults.flatMap(filesOf)).values()
const worker = async () => {
  for (const name of queue) await runFile(name)
}
await Promise.all(Array.from({ length: AT_ONCE }, worker))
rmSync(sinks, { recursive: true })

const { version } = JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8')) as {
  version: string
}
const machine = `${os.type()} ${os.arch()}, ${os.cpus().length} cores, Node ${process.versions.node}`
const skips = [...reports].flatMap(([name, { verdict }]) =>
  verdict.skipReasons.map((why) => `- ${name}: ${why}`),
)
const text = `# Faults tried, and what happened

Written by \`npm run reliability\`. What happened is what the tests of each row told while they ran (\`test/support/observe.ts\`):
figures that they counted, and messages as they came. Tests passed and failed are all those of the files named.
${new Date().toISOString().slice(0, 10)}, msta-native ${version}, ${machine}.

| fault | what happened | tests | where |
|---|---|---|---|
${faults.map((fault) => rowOf(fault, FAULTS[fault], reports)).join('\n')}
${skips.length > 0 ? `\nNot tried on this machine:\n\n${skips.join('\n')}\n` : ''}`
const target = process.argv[2] ?? path.join(packageRoot, 'docs/reliability.md')
mkdirSync(path.dirname(target), { recursive: true })
writeFileSync(target, text)
process.exitCode = [...reports.keys()].every((name) => problems(name).length === 0) ? 0 : 1
