import { benchDecode, benchLoader } from './clips.js'
import { benchKernels } from './kernels.js'
import { benchLoadWeights } from './load-weights.js'
import type { Plan, Result } from './plan.js'
import { benchTextForward } from './text-forward.js'
import { benchTrainStep, benchTrainStepCls } from './train-step.js'
import { benchVideoForward, benchVideoForwardCls } from './video-forward.js'

interface Suite {
  run: (plan: Plan, batches: readonly number[]) => AsyncGenerator<Result>
  /** Clips at once on a GPU, unless asked otherwise. */
  batches: readonly number[]
  /** On the CPU, where not one. */
  cpuBatches?: readonly number[]
  /** How many parts of a budget it is, in all storage types. */
  parts: (batches: readonly number[], isGpu: boolean) => number
}

const each = (batches: readonly number[]) => batches.length
const SUITES: Record<string, Suite> = {
  kernels: { run: benchKernels, batches: [32], parts: () => 1 },
  'video-forward': {
    run: benchVideoForward,
    batches: [32, 8, 1],
    cpuBatches: [1, 4],
    parts: (batches, isGpu) => (isGpu ? batches.length + (batches.includes(1) ? 1 : 0) : 3 * batches.length),
  },
  'text-forward': { run: benchTextForward, batches: [1], parts: (_, isGpu) => (isGpu ? 2 : 6) },
  'train-step': {
    run: benchTrainStep,
    batches: [32, 8],
    cpuBatches: [2],
    parts: (batches, isGpu) => (isGpu ? 2 : 8) * batches.length,
  },
  decode: { run: benchDecode, batches: [1], parts: () => 1 },
  loader: { run: benchLoader, batches: [1], parts: () => 1 },
  'load-weights': { run: benchLoadWeights, batches: [1], parts: () => 3 },
  'video-forward-cls': { run: benchVideoForwardCls, batches: [32], parts: each },
  'train-step-cls': { run: benchTrainStepCls, batches: [32], parts: each },
}
const ON_CPU = ['video-forward', 'text-forward', 'train-step', 'decode', 'loader', 'load-weights', 'kernels']
/** The most important first: the budget may end before the list. */
const ON_GPU = [
  'video-forward:32',
  'train-step:32',
  'kernels',
  'video-forward:8,1',
  'train-step-cls',
  'video-forward-cls',
  'train-step:8',
]

/** Names of all suites. */
export const suiteNames = Object.keys(SUITES)

/** A suite that is to run. */
export interface Chosen {
  name: string
  batches: readonly number[]
  suite: Suite
}

/**
 * What `--suite NAME[:BATCH,BATCH]`, once or several times, asks for; every suite of the device without.
 *
 * @throws RangeError naming what is wrong
 */
export function chooseSuites(asked: readonly string[] | undefined, isGpu: boolean): Chosen[] {
  return (asked ?? (isGpu ? ON_GPU : ON_CPU)).map((text) => {
    const [name = '', list] = text.split(':')
    const suite = SUITES[name]
    if (!suite) throw new RangeError(`there is no suite "${name}"; known: ${suiteNames.join(', ')}`)
    if (!isGpu && name.endsWith('-cls')) throw new RangeError(`the suite "${name}" is for a GPU`)
    const batches = list?.split(',').map(Number) ?? (isGpu ? suite.batches : (suite.cpuBatches ?? [1]))
    if (!batches.every((batch) => Number.isSafeInteger(batch) && batch > 0))
      throw new RangeError(`--suite ${text}: batches are positive integers`)
    return { name, batches, suite }
  })
}
