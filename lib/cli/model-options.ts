import type { Argv } from 'yargs'
import type { Adapter, DeviceName, ModelDType, ViCLIP } from '../index.js'
import { choice, wholeNumber, word } from './options.js'
import type { Output } from './output.js'
import { pullMissing } from './pull-report.js'
import type { Context } from './run.js'

/** What the options of {@link withModelOptions} amount to. */
export interface ModelOptions {
  /** {@link DEFAULT_MODEL} unless given. */
  model?: string | undefined
  frames: number | undefined
  as: 'viclip' | undefined
  base: string | undefined
  adapter: string | undefined
  device: string
  dtype: 'auto' | ModelDType
  seed: number
  threads: number | undefined
}

/** The model where none is named. */
export const DEFAULT_MODEL = 'msta-tiny'

/** Adds the options that say which model computes, and where. */
export function withModelOptions<T>(yargs: Argv<T>) {
  return yargs
    .option('model', {
      ...word(
        'msta-tiny, a small model of this package; a safetensors or PyTorch file of ViCLIP or CLIP, a folder with one; ORG/NAME of the hub; or random:tiny|b16|l14, random:clip-b16 (random weights)',
      ),
      defaultDescription: `"${DEFAULT_MODEL}"`,
    })
    .option(
      'frames',
      wholeNumber('frames', "Frames a clip, if other than the checkpoint's (CLIP: than 8)", 1),
    )
    .option('as', choice('Make a ViCLIP of a CLIP checkpoint, to be tuned', ['viclip']))
    .option('base', word('The CLIP checkpoint that a ViFi-CLIP was tuned from, for its token embedding'))
    .option(
      'adapter',
      word('An adapter made for the model, of any method: its file, or a folder in the form of PEFT'),
    )
    .option('device', { ...word('auto, cpu, cuda or cuda:N'), default: 'auto' })
    .option('dtype', {
      ...choice('How the model computes', ['auto', 'float32', 'bfloat16', 'int8']),
      default: 'auto' as const,
    })
    .option(
      'threads',
      wholeNumber('threads', 'Threads of the CPU (MSTA_NUM_THREADS, else the CPUs that may be used)', 1),
    )
    .option('seed', { ...wholeNumber('seed', 'Seed of a random: model'), default: 0 })
    .group(['model', 'as', 'base', 'frames', 'adapter', 'device', 'dtype', 'threads', 'seed'], 'Model:')
}

/** A model and its adapter, ready to use; `dispose` frees both. */
export interface LoadedModel {
  model: ViCLIP
  adapter: Adapter | null
  dispose: () => void
}

/** Tells of weights that know little or nothing. */
export function warnOfWeights(source: string, output: Output): void {
  if (source.startsWith('random:'))
    output.warn(`${source} has random weights: its answers mean nothing. Give trained weights with --model.`)
  if (source === 'msta-tiny')
    output.warn(
      'msta-tiny knows nothing but how drawn shapes move. Train an adapter for it, or give other weights with --model.',
    )
}

/** Loads what {@link withModelOptions} asked for, with progress; warns of weights that know little. */
export async function loadModel(
  options: ModelOptions,
  { library, signal, output }: Context,
): Promise<LoadedModel> {
  const { model: source = DEFAULT_MODEL, frames, as, base, dtype, seed, threads } = options
  if (threads !== undefined) library.setThreads(threads)
  if (source.startsWith('random:') || options.adapter === undefined) warnOfWeights(source, output)
  await pullMissing([source], { library, signal, output })
  const model = await library.ViCLIP.load(source, {
    device: options.device as DeviceName,
    dtype,
    frames,
    as,
    base,
    seed,
    signal,
    onProgress: ({ done, total }) => output.progress('loading', done, total),
  })
  if (dtype === 'auto') output.log(`computing in ${model.dtype} on ${model.model.device.name}`)
  try {
    const adapter = options.adapter === undefined ? null : await library.loadAdapter(model, options.adapter)
    const dispose = () => {
      adapter?.dispose()
      model.dispose()
    }
    return { model, adapter, dispose }
  } catch (error) {
    model.dispose()
    throw error
  }
}
