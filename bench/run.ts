import { writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { Device, type DeviceName } from '../lib/runtime/device.js'
import { MstaError } from '../lib/runtime/errors.js'
import { Budget } from './budget.js'
import { measureCeilings } from './ceilings.js'
import { kernelHash } from './kernel-hash.js'
import { commit, describeMachine, describeVersions } from './machine.js'
import { findPeers } from './peers.js'
import type { ModelSize, Plan } from './plan.js'
import type { BenchFile, BenchRow, Ceilings } from './result.js'
import { chooseSuites, suiteNames } from './suites.js'

const USAGE = `usage: npm run bench -- [--suite NAME[:BATCH,...]]... [--kernel PART] [--device cpu|cuda|cuda:N]
    [--rounds N] [--budget SECONDS] [--size b16|tiny] [--json FILE]
suites: ${suiteNames.join(', ')} (the last two on a GPU only); FILE is written after every row`

function print(row: BenchRow): void {
  const speed = row.gflops ? `${row.gflops.toFixed(0)} GFLOP/s` : ''
  const others = Object.entries(row.peers).map(([peer, result]) =>
    'skipped' in result
      ? `${peer}: ${result.skipped}`
      : `${peer} ${result.medianMs.toFixed(row.medianMs < 100 ? 2 : 0)} ms (ratio ${result.ratio.toFixed(2)})`,
  )
  const cells = [
    row.name.padEnd(32),
    row.dtype.padEnd(8),
    `${row.medianMs.toFixed(row.device === 'cpu' ? 3 : 4)} ms`.padStart(13),
    `+-${row.spreadMs.toFixed(row.device === 'cpu' ? 2 : 4)}`.padStart(9),
    speed.padStart(14),
  ]
  if (row.gbs != null) cells.push(`${row.gbs.toFixed(0)} GB/s`.padStart(9))
  if (row.ceilingShare != null) cells.push(`${(100 * row.ceilingShare).toFixed(0)}%`.padStart(4))
  const memory = row.peakDeviceMb ?? row.peakRssMb
  cells.push(memory === null ? '' : `${memory.toFixed(0)} MB`, row.shape)
  console.log([...cells, ...others].join('  '))
}

function readOptions() {
  const options = {
    suite: { type: 'string', multiple: true },
    kernel: { type: 'string' },
    device: { type: 'string', default: 'cpu' },
    rounds: { type: 'string' },
    budget: { type: 'string' },
    size: { type: 'string', default: 'b16' },
    json: { type: 'string' },
  } as const
  const { values } = parseArgs({ options })
  const positive = (name: 'rounds' | 'budget') => {
    if (values[name] === undefined) return undefined
    const value = Number(values[name])
    if (!(value > 0)) throw new RangeError(`--${name} ${values[name]}: expected a positive number`)
    return value
  }
  const { size } = values
  if (size !== 'b16' && size !== 'tiny') throw new RangeError(`--size ${size}: expected b16 or tiny`)
  if (!/^(cpu|cuda(:\d+)?)$/.test(values.device))
    throw new RangeError(`--device ${values.device}: expected cpu or cuda`)
  const suites = chooseSuites(values.suite, values.device !== 'cpu')
  return {
    ...values,
    size: size as ModelSize,
    rounds: positive('rounds'),
    budget: positive('budget'),
    suites,
  }
}

async function main(): Promise<number> {
  let options: ReturnType<typeof readOptions>
  try {
    options = readOptions()
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`)
    return 2
  }
  const device = (await Device.open(options.device as DeviceName)).name as Plan['device']
  const isGpu = device !== 'cpu'
  const parts = options.suites.reduce((sum, { suite, batches }) => sum + suite.parts(batches), 0)
  const budget = new Budget(options.budget ?? Number.POSITIVE_INFINITY, parts)
  const peers = await findPeers(device)
  const base: Pick<Plan, 'device' | 'size' | 'peers'> = { device, size: options.size, peers }
  const file: BenchFile = {
    date: new Date().toISOString(),
    machine: describeMachine(isGpu),
    versions: describeVersions(isGpu, typeof peers === 'string' ? null : peers),
    commit: commit(),
    kernelHash: kernelHash(),
    ceilings: isGpu ? await measureCeilings(base) : {},
    rows: [],
    failures: [],
  }
  const { json } = options
  if (json) await mkdir(path.dirname(path.resolve(json)), { recursive: true })
  // At once, so that a killed run leaves what it has.
  const save = () => json && writeFileSync(json, `${JSON.stringify(file, null, 2)}\n`)
  if (isGpu) console.log(`ceilings: ${JSON.stringify(file.ceilings)}`)
  save()
  const ceilings = isGpu ? (file.ceilings as Ceilings) : undefined
  const plan: Plan = { ...base, ceilings, budget, rounds: options.rounds, kernel: options.kernel }
  for (const { name: suite, batches, suite: chosen } of options.suites)
    for await (const result of chosen.run(plan, batches)) {
      if ('failure' in result) {
        file.failures.push({ suite, ...result.failure })
        console.error(`${suite}: ${result.failure.name} ${result.failure.shape}: ${result.failure.error}`)
      } else {
        file.rows.push(result)
        print(result)
      }
      save()
    }
  return file.rows.length > 0 ? 0 : 1
}

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof MstaError)) throw error
  console.error(error.message)
  return 1
})
