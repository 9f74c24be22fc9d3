import type { Adapter } from '../adapters/adapter.js'
import type { TextPrefix } from '../models/viclip/text-encoder.js'
import type { ViCLIP } from '../recognition/viclip.js'
import { MstaError } from '../runtime/errors.js'
import { withJob } from '../runtime/job.js'
import { formatPrompts } from '../text/prompts.js'
import { consistencyTargets, firstOfEach, noteOfTooFew } from './descriptions.js'
import type { Recipe } from './recipes.js'
import type { StepContext } from './step.js'
import type { TrainOptions } from './train-types.js'

/** What a run makes of its texts once, for all steps. */
export type RunTexts = Pick<StepContext, 'prompts' | 'consistency'>

/** @throws MstaError ERR_ARGUMENT for a recipe whose consistency term has no descriptions */
export function checkDescriptions({ lambda }: Recipe, descriptions: TrainOptions['descriptions']): void {
  if (lambda > 0 && !descriptions)
    throw new MstaError(
      'ERR_ARGUMENT',
      `The recipe's consistency term (lambda ${lambda}) needs descriptions; give them, or set lambda=0`,
    )
}

/**
 * The prompts of the classes and, if the recipe has the consistency term, its targets.
 * @throws the signal's reason
 */
export async function prepareTexts(
  { model, descriptions, onNote, signal }: TrainOptions,
  { lambda, descriptionsPerClass, template }: Recipe,
  adapter: Adapter,
  classes: readonly string[],
): Promise<RunTexts> {
  const tooFew = lambda > 0 && noteOfTooFew(descriptions!, descriptionsPerClass)
  if (tooFew) onNote?.(tooFew)
  const consistency =
    lambda > 0
      ? await consistencyTargets(model, firstOfEach(descriptions!, descriptionsPerClass), lambda, signal)
      : undefined
  const names = formatPrompts(classes, template)
  if (adapter.tunesModel) return { prompts: model.tokenize(names), consistency }
  try {
    return { prompts: await prefixPrompts(model, adapter, names, signal), consistency }
  } catch (error) {
    disposeTargets(consistency)
    throw error
  }
}

/** What the prompts are below the first adapted block never changes. */
function prefixPrompts(
  model: ViCLIP,
  adapter: Adapter,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<TextPrefix> {
  return withJob(signal, async (job) => {
    for (const encoder of ['video', 'text'] as const) await model.model.prepare(encoder, job)
    const prefix = job.run(() => model.model.prefixText(model.tokenize(names), adapter))
    prefix.tokens.keep()
    try {
      await job.run(() => model.model.device.synchronize())
      return prefix
    } catch (error) {
      prefix.tokens.dispose()
      throw error
    }
  })
}

export function disposeTexts({ prompts, consistency }: RunTexts): void {
  if ('tokens' in prompts) prompts.tokens.dispose()
  disposeTargets(consistency)
}

function disposeTargets(targets: RunTexts['consistency']): void {
  targets?.spatial.dispose()
  targets?.temporal.dispose()
}
