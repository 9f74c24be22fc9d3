import { trainableCount } from '../adapters/methods.js'
import { parameterCount, type ViClipConfig } from '../models/viclip/config.js'
import { MstaError } from '../runtime/errors.js'
import { checkRecipe, type Recipe } from './recipes.js'
import { type TrainOptions, type TrainProgress, train } from './train.js'

/** What a training run will take, measured on its first steps. */
export interface DryRun {
  /** Parameters that train, and all of the model with the adapter. */
  parameters: { trained: number; total: number }
  /**
   * Device memory in MiB (2^20 bytes): of the tensors that live between two steps (model, adapter, optimizer), what a
   * step needs on top (activations, gradients), and both together at the worst.
   */
  memory: { weightsMb: number; stepMb: number; peakMb: number }
  /** Median of the measured steps, with the wait for their clips, without the first, which prepares weights. */
  secondsPerStep: number
  /** Of the whole run. */
  steps: number
  /** Of the whole run without validation: `steps * secondsPerStep`. */
  seconds: number
  measuredSteps: number
}

const STEPS = 4

/**
 * Measures the first steps of a run on its own clips. Nothing is written, and neither model nor adapter changes.
 *
 * @param options as for `train`; `out`, `resume`, `validation` and `patience` do not count
 * @throws as `train`, such as ERR_OUT_OF_MEMORY where the run does not fit
 */
export async function dryRun(options: TrainOptions): Promise<DryRun> {
  const { model, signal } = options
  const { device } = model.model
  const recipe = checkRecipe(options.recipe)
  const controller = new AbortController()
  const enough = new Error('dry run')
  const seen: TrainProgress[] = []
  let weights = 0
  const { out: _, resume: __, validation: ___, patience: ____, ...rest } = options
  const result = await train({
    ...rest,
    // Steps that change nothing.
    recipe: { ...recipe, learningRate: 0, weightDecay: 0 },
    onProgress: (progress) => {
      seen.push(progress)
      weights = device.memory().active
      if (seen.length === STEPS) controller.abort(enough)
    },
    signal: signal ? AbortSignal.any([signal, controller.signal]) : controller.signal,
  }).catch((error) => {
    if (error !== enough) throw error
  })
  // A run shorter than that came to its end.
  if (result && !options.adapter) result.adapter.dispose()
  if (seen.length === 0)
    throw new MstaError('ERR_TRAIN', 'No step could be measured: there is no clip to train on')
  return summarise(seen, weights, recipe, model.config)
}

function summarise(
  seen: readonly TrainProgress[],
  weights: number,
  recipe: Recipe,
  config: ViClipConfig,
): DryRun {
  const seconds = seen.slice(seen.length > 1 ? 1 : 0).map((step) => step.seconds)
  const secondsPerStep = seconds.sort((a, b) => a - b)[Math.floor(seconds.length / 2)]!
  const { totalSteps: steps, peakMemoryMb: peak } = seen.at(-1)!
  const trained = trainableCount(recipe.adapter, config)
  const isOwn = recipe.adapter.method === 'full'
  const ownMb = Math.round(weights / 2 ** 20)
  return {
    parameters: { trained, total: parameterCount(config) + (isOwn ? 0 : trained) },
    memory: { weightsMb: ownMb, stepMb: peak - ownMb, peakMb: peak },
    secondsPerStep,
    steps,
    seconds: steps * secondsPerStep,
    measuredSteps: seen.length,
  }
}
