import { parseArgs } from 'node:util'
import { type BenchDType, MODEL_DTYPES, type ModelSize } from './plan.js'
import { chooseSuites, suiteNames } from './suites.js'

/** How the benchmark is called. */
export const USAGE = `usage: npm run bench -- [--suite NAME[:BATCH,...]]... [--kernel PART] [--device cpu|cuda|cuda:N]
    [--dtype ${MODEL_DTYPES.join('|')}]... [--rounds N] [--budget SECONDS] [--size b16|tiny]
    [--labels FILE.csv]... [--videos FOLDER] [--json FILE] [--markdown FILE] [--plot FILE.svg]
    [--compare BASE.json [--with NEW.json] [--across-machines] [--fail-on-slower]]
suites: ${suiteNames.join(', ')} (those in -cls on a GPU only)
FILE of --json is written after every row. --with compares two files and runs nothing.`

const OPTIONS = {
  suite: { type: 'string', multiple: true },
  kernel: { type: 'string' },
  device: { type: 'string', default: 'cpu' },
  dtype: { type: 'string', multiple: true },
  rounds: { type: 'string' },
  budget: { type: 'string' },
  size: { type: 'string', default: 'b16' },
  labels: { type: 'string', multiple: true, default: [] as string[] },
  videos: { type: 'string' },
  json: { type: 'string' },
  markdown: { type: 'string' },
  plot: { type: 'string' },
  compare: { type: 'string' },
  with: { type: 'string' },
  'across-machines': { type: 'boolean', default: false },
  'fail-on-slower': { type: 'boolean', default: false },
} as const

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!(value > 0)) throw new RangeError(`--${name} ${text}: expected a positive number`)
  return value
}

/** The command line, checked. @throws Error naming what is wrong */
export function readOptions(args: readonly string[]) {
  const { values } = parseArgs({ args: [...args], options: OPTIONS })
  const { size, device } = values
  if (size !== 'b16' && size !== 'tiny') throw new RangeError(`--size ${size}: expected b16 or tiny`)
  if (!/^(cpu|cuda(:\d+)?)$/.test(device)) throw new RangeError(`--device ${device}: expected cpu or cuda`)
  const dtypes = values.dtype?.flatMap((list) => list.split(','))
  for (const dtype of dtypes ?? [])
    if (!MODEL_DTYPES.some((known) => known === dtype))
      throw new RangeError(`--dtype ${dtype}: expected ${MODEL_DTYPES.join(', ')}`)
  if (values.with !== undefined && values.compare === undefined)
    throw new RangeError('--with names the newer result of --compare BASE.json')
  if (values['fail-on-slower'] && values.compare === undefined)
    throw new RangeError('--fail-on-slower needs --compare BASE.json')
  return {
    ...values,
    size: size as ModelSize,
    dtypes: dtypes as BenchDType[] | undefined,
    rounds: positive('rounds', values.rounds),
    budget: positive('budget', values.budget),
    suites: chooseSuites(values.suite, device !== 'cpu'),
  }
}

/** What {@link readOptions} gives. */
export type Options = ReturnType<typeof readOptions>
