/**
 * `npm run test:cuda`: everything that needs a GPU, from a built tree, without network. Each step counts as one test;
 * its output goes to a file of its own. `--only PART` runs the steps whose name holds PART.
 */
import { spawn } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { packageRoot } from '../lib/runtime/package-root.js'

const here = path.dirname(fileURLToPath(import.meta.url))

/** The shared fixtures beside the checkout or, on a machine that got only the checkout, inside. */
function fixturesBeside(): string {
  const places = ['../shared/fixtures', 'shared/fixtures'].map((place) => path.resolve(packageRoot, place))
  return places.find((place) => existsSync(place)) ?? places[0]!
}

const { values } = parseArgs({
  options: {
    fixtures: { type: 'string', default: fixturesBeside() },
    logs: { type: 'string', default: path.join(packageRoot, 'build/gpu-logs') },
    only: { type: 'string', default: '' },
    plugin: { type: 'string', default: path.join(packageRoot, 'build/cuda/libmsta_cuda.so') },
    // The same steps with the emulator, to try this command itself.
    emulated: { type: 'boolean', default: false },
  },
})
const kernels = values.emulated ? 'emulated' : 'cuda'
const plugin = values.emulated ? path.join(packageRoot, 'build/emulated/libmsta_cuda.so') : values.plugin
const env = {
  ...process.env,
  MSTA_KERNELS: kernels,
  MSTA_REQUIRE_CUDA: '1',
  MSTA_REQUIRE_EMULATED: '1',
  MSTA_CUDA_PLUGIN: plugin,
}

interface Step {
  name: string
  command: string
  args: string[]
  /** Why it cannot run here. */
  skip?: string
  /** What the output must hold besides the exit status of 0. */
  check?: (output: string) => string | undefined
}

const node = (script: string, ...args: string[]) => ({
  command: process.execPath,
  args: [path.join(here, script), ...args],
})

/** compute-sanitizer around a sweep over a part of the cases. */
function sanitizer(tool: string, every: number): Step {
  const { command, args } = node('kernels/output-hashes.js', '--every', String(every))
  const name = `compute-sanitizer ${tool}`
  const options = ['--tool', tool, '--error-exitcode', '9', '--print-limit', '20']
  const found = (process.env.PATH ?? '')
    .split(path.delimiter)
    .concat('/usr/local/cuda/bin')
    .some((folder) => existsSync(path.join(folder, 'compute-sanitizer')))
  return {
    name,
    command: 'compute-sanitizer',
    args: [...options, command, ...args],
    ...(!found && { skip: 'compute-sanitizer is not installed' }),
    check: (output) => (/ERROR SUMMARY: 0 errors/.test(output) ? undefined : 'no "ERROR SUMMARY: 0 errors"'),
  }
}

function parity(name: string, folder: string, dtype: string): Step {
  return {
    name: `parity ${name} ${dtype}`,
    ...node('parity.js', folder, '--device', 'cuda', '--dtype', dtype),
    ...(!existsSync(folder) && { skip: `there is no ${folder}` }),
  }
}

const steps: Step[] = [
  { name: 'kernels', ...node('run.js', 'kernels/') },
  { name: 'graphs and lifecycle', ...node('run.js', 'tensor/graph', 'lifecycle/gpu') },
  {
    name: 'library',
    ...node('run.js', ...['tensor/', 'nn/', 'models/', 'adapters/', 'train/', 'recognition/']),
  },
  parity('fixtures', values.fixtures, 'f32'),
  parity('fixtures', values.fixtures, 'bf16'),
  parity('reference cases', path.join(packageRoot, 'test/parity/reference/cases'), 'f32'),
  { name: 'outputs, first run', ...node('kernels/output-hashes.js') },
  { name: 'outputs, second run', ...node('kernels/output-hashes.js'), check: sameAs('outputs, first run') },
  sanitizer('memcheck', 3),
  sanitizer('racecheck', 6),
  sanitizer('synccheck', 6),
]

const logOf = (name: string) => path.join(values.logs, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}.log`)

/** A check that the output is that of an earlier step, bit for bit. */
function sameAs(earlier: string) {
  return (output: string) =>
    output === readFileSync(logOf(earlier), 'utf8') ? undefined : `differs from ${earlier}`
}

function execute({ name, command, args }: Step): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const log = createWriteStream(logOf(name))
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
        log.write(text)
      })
    child.on('error', (error) => resolve({ status: null, output: String(error) }))
    child.on('close', (status) => log.end(() => resolve({ status, output })))
  })
}

async function main(): Promise<number> {
  if (!existsSync(plugin)) {
    console.error(`There is no ${plugin}: run \`npm run build:cuda\` (needs nvcc) first.`)
    return 1
  }
  mkdirSync(values.logs, { recursive: true })
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const step of steps.filter(({ name }) => name.includes(values.only))) {
    if (step.skip) {
      counts.skipped++
      console.log(`skip ${step.name}: ${step.skip}`)
      continue
    }
    const started = performance.now()
    const { status, output } = await execute(step)
    const problem = status === 0 ? step.check?.(output) : `exit status ${status}`
    counts[problem ? 'failed' : 'passed']++
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(`${problem ? 'FAIL' : 'ok  '} ${step.name} (${seconds} s)${problem ? `: ${problem}` : ''}`)
    if (problem) console.log(output.split('\n').slice(-40).join('\n'))
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1
}

process.exitCode = await main()
