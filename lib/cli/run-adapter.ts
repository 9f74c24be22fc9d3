import type { RunSettings } from '../index.js'
import type { ModelOptions } from './model-options.js'
import type { Context } from './run.js'

/**
 * Options whose adapter is a run folder, or lies in one, with what they leave out taken from the run: the model, and how
 * it was loaded. Told on stderr.
 */
export async function fromRun<Options extends ModelOptions>(
  options: Options,
  { library, output }: Context,
): Promise<{ options: Options; run: RunSettings | undefined }> {
  const run = options.adapter === undefined ? undefined : await library.readRunSettings(options.adapter)
  if (run === undefined) return { options, run }
  const adapter = { adapter: run.adapter }
  if (options.model !== undefined) return { options: { ...options, ...adapter }, run }
  output.log(`model ${run.model}, as in ${run.folder} (--model)`)
  const { seed = options.seed, as, base, frames } = run.loadedWith
  const loaded = { model: run.model, seed, as, base, frames: options.frames ?? frames }
  return { options: { ...options, ...adapter, ...loaded }, run }
}
