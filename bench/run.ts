import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Device, type DeviceName } from '../lib/runtime/device.js'
import { MstaError } from '../lib/runtime/errors.js'
import { Budget } from './budget.js'
import { measureCeilings } from './ceilings.js'
import { compareResults, comparisonText } from './compare.js'
import { kernelHash } from './kernel-hash.js'
import { commit, describeMachine, describeVersions } from './machine.js'
import { markdown } from './markdown.js'
import { type Options, readOptions, USAGE } from './options.js'
import { findAv, findOnnx, findPeers } from './peers.js'
import type { Plan } from './plan.js'
import { plot } from './plot.js'
import { rowText } from './print.js'
import { type BenchFile, type Ceilings, resultProblems } from './result.js'

/** Runs every suite that is asked for; writes the JSON after every row, so that a killed run leaves what it has. */
async function measure(options: Options, folder: string): Promise<BenchFile> {
  const device = (await Device.open(options.device as DeviceName)).name as Plan['device']
  const isGpu = device !== 'cpu'
  const parts = options.suites.reduce((sum, { suite, batches }) => sum + suite.parts(batches, isGpu), 0)
  const budget = new Budget(options.budget ?? Number.POSITIVE_INFINITY, parts)
  // onnxruntime is a peer on the CPU alone, and slow to look for.
  const onnxPeer = isGpu ? 'of the CPU alone' : findOnnx()
  const [peers, onnx, av] = await Promise.all([findPeers(device), onnxPeer, findAv()])
  const base: Pick<Plan, 'device' | 'size' | 'peers'> = { device, size: options.size, peers }
  const ceilings: Ceilings = await measureCeilings(base)
  const file: BenchFile = {
    date: new Date().toISOString(),
    machine: describeMachine(isGpu),
    versions: describeVersions(isGpu, { torch: peers, onnx, av }),
    commit: commit(),
    kernelHash: kernelHash(),
    ceilings,
    rows: [],
    failures: [],
  }
  const { json, dtypes, labels, videos, rounds, kernel } = options
  if (json) await mkdir(path.dirname(path.resolve(json)), { recursive: true })
  const save = () => json && writeFileSync(json, `${JSON.stringify(file, null, 2)}\n`)
  console.log(`ceilings: ${JSON.stringify(file.ceilings)}`)
  save()
  const plan: Plan = { ...base, onnx, av, ceilings, budget, rounds, kernel, dtypes, labels, videos, folder }
  for (const { name: suite, batches, suite: chosen } of options.suites)
    for await (const result of chosen.run(plan, batches)) {
      if ('failure' in result) {
        const { name, dtype, shape, error } = result.failure
        file.failures.push({ suite, ...result.failure })
        console.error(`${suite}: ${name} ${dtype} ${shape}: ${error}`)
      } else {
        file.rows.push(result)
        console.log(rowText(result))
      }
      save()
    }
  return file
}

/** A result file. @throws MstaError ERR_FILE, ERR_FORMAT */
function readResult(file: string): BenchFile {
  let parsed: BenchFile
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new MstaError('ERR_FILE', `${file}: no result of the benchmark (${(cause as Error).message})`, {
      file,
      cause,
    })
  }
  const [problem] = resultProblems(parsed)
  if (problem) throw new MstaError('ERR_FORMAT', `${file}: no result of the benchmark: ${problem}`, { file })
  return parsed
}

/** @returns the exit status */
function compare(base: BenchFile, now: BenchFile, options: Options): number {
  const comparison = compareResults(base, now)
  if (comparison.machines.length > 0 && !options['across-machines']) {
    console.error(
      `${options.compare} is of another machine (${comparison.machines.join('; ')}): times of two machines tell ` +
        'nothing about the code. --across-machines compares them all the same.',
    )
    return 2
  }
  console.log(comparisonText(comparison))
  const isSlower = comparison.changes.some(({ verdict }) => verdict === 'slower')
  return options['fail-on-slower'] && isSlower ? 1 : 0
}

async function main(): Promise<number> {
  let options: Options
  let base: BenchFile | undefined
  try {
    options = readOptions(process.argv.slice(2))
    // Before anything is measured.
    base = options.compare ? readResult(options.compare) : undefined
    if (base && options.with) return compare(base, readResult(options.with), options)
  } catch (error) {
    console.error(error instanceof MstaError ? error.message : `${(error as Error).message}\n${USAGE}`)
    return 2
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'msta-bench-'))
  // Checkpoints and models are large: they go, however the run ends.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  const file = await measure(options, folder)
  const table = markdown(file)
  console.log(`\n${table}`)
  if (options.markdown) writeFileSync(options.markdown, table)
  if (file.rows.length === 0) return 1
  if (options.plot) {
    const drawn = plot(file)
    if (drawn) writeFileSync(options.plot, drawn)
    else console.error(`${options.plot} is not written: no row has a peer that was measured`)
  }
  return base ? compare(base, file, options) : 0
}

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof MstaError)) throw error
  console.error(error.message)
  return 1
})
