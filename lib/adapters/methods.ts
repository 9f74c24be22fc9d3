import type { ViClipConfig } from '../models/viclip/config.js'
import type { ViClipModel } from '../models/viclip/model.js'
import { MstaError } from '../runtime/errors.js'
import type { Adapter, HasModel } from './adapter.js'
import { methodOfFile } from './adapter-file.js'
import { AdaptFormer } from './adaptformer/adaptformer.js'
import {
  type AdaptFormerOptions,
  adaptFormerParameterCount,
  resolveAdaptFormerConfig,
} from './adaptformer/config.js'
import { FullTuning, fullParameterCount } from './full/full.js'
import { type LoraOptions, loraParameterCount, resolveLoraConfig } from './lora/config.js'
import { LoRA } from './lora/lora.js'
import { type MstaOptions, mstaParameterCount, resolveMstaConfig } from './msta/config.js'
import { mstaMacs } from './msta/flops.js'
import { MSTA } from './msta/msta.js'
import { pathMacs } from './path-macs.js'

/** A way of tuning a model, by its options. */
export interface Method<Options> {
  /** Names of the options. */
  options: readonly (keyof Options)[]
  /** A new one for a model. @throws MstaError ERR_ARGUMENT */
  attach(target: ViClipModel | HasModel, options: Options & { seed?: number }): Adapter
  /** One from its file. @throws MstaError ERR_FILE, ERR_FORMAT, ERR_CHECKPOINT */
  load(target: ViClipModel | HasModel, path: string): Promise<Adapter>
  /** How many parameters it trains. @throws MstaError ERR_ARGUMENT */
  parameterCount(options: Options, model: ViClipConfig): number
  /** What it adds to a model. @throws MstaError ERR_ARGUMENT */
  cost(options: Options, model: ViClipConfig, prompts: number): AdapterCost
}

/** What an adapter adds to a model of some sizes. */
export interface AdapterCost {
  /** Its options, with the defaults. */
  settings: object
  /** Parameters besides the model's own. */
  parameters: number
  /** Multiply-accumulates, by part, of one clip and of the class prompts. */
  macs: { video: { total: number }; text: { total: number } }
}

const BLOCKS = ['layers', 'video', 'text'] as const

const msta: Method<MstaOptions> = {
  options: [...BLOCKS, 'dim', 'alpha', 'dropout', 'shared', 'temporal', 'temporalKernel'],
  attach: (target, options) => MSTA.attach(target, options),
  load: (target, path) => MSTA.load(target, path),
  parameterCount: (options, model) => mstaParameterCount(resolveMstaConfig(options, model), model),
  cost(options, model, prompts) {
    const settings = resolveMstaConfig(options, model)
    const macs = mstaMacs(settings, model, prompts)
    return { settings, parameters: mstaParameterCount(settings, model), macs }
  },
}

const adaptformer: Method<AdaptFormerOptions> = {
  options: [...BLOCKS, 'dim', 'scale'],
  attach: (target, options) => AdaptFormer.attach(target, options),
  load: (target, path) => AdaptFormer.load(target, path),
  parameterCount: adaptFormerParameterCount,
  cost(options, model, prompts) {
    const settings = resolveAdaptFormerConfig(options, model)
    const macs = pathMacs(settings, settings.dim, model, prompts)
    return { settings, parameters: adaptFormerParameterCount(options, model), macs }
  },
}

const lora: Method<LoraOptions> = {
  options: [...BLOCKS, 'rank', 'alpha'],
  attach: (target, options) => LoRA.attach(target, options),
  load: (target, path) => LoRA.load(target, path),
  parameterCount: loraParameterCount,
  cost(options, model, prompts) {
    const settings = resolveLoraConfig(options, model)
    // A path for the queries and one for the values.
    const macs = pathMacs(settings, 2 * settings.rank, model, prompts)
    return { settings, parameters: loraParameterCount(options, model), macs }
  },
}

const full: Method<object> = {
  options: [],
  attach: (target) => FullTuning.attach(target),
  load: (target, path) => FullTuning.load(target, path),
  parameterCount: (_, model) => fullParameterCount(model),
  cost: () => ({ settings: {}, parameters: 0, macs: { video: { total: 0 }, text: { total: 0 } } }),
}

const METHODS = { msta, adaptformer, lora, full }

/** A method's name. */
export type MethodName = keyof typeof METHODS

/** All methods. */
export const METHOD_NAMES = Object.keys(METHODS) as MethodName[]

/** A method (msta unless given) and its options; those of another are refused. */
export type AdapterOptions = { method?: MethodName } & MstaOptions & AdaptFormerOptions & LoraOptions

/** A method by its name, MSTA without one. @throws MstaError ERR_ARGUMENT for an unknown name */
export function methodOf(name = 'msta'): Method<AdapterOptions> {
  if (!Object.hasOwn(METHODS, name))
    throw new MstaError(
      'ERR_ARGUMENT',
      `Adapter: unknown method "${name}"; known: ${METHOD_NAMES.join(', ')}`,
    )
  return METHODS[name as MethodName] as Method<AdapterOptions>
}

/**
 * A new adapter of the method that the options name.
 *
 * @param target a model, or something that has one
 * @param options the method's own; `seed` of the initial values
 * @throws MstaError ERR_ARGUMENT
 */
export function attachAdapter(
  target: ViClipModel | HasModel,
  { method, ...options }: AdapterOptions & { seed?: number } = {},
): Adapter {
  return methodOf(method).attach(target, checked(method, options))
}

/**
 * An adapter of whatever method from its file, from a folder in the form of PEFT (`adapter_config.json` and
 * `adapter_model.safetensors`), or from the run folder of a training (its `adapter.safetensors`).
 *
 * @throws MstaError ERR_FILE, ERR_FORMAT, ERR_CHECKPOINT
 */
export async function loadAdapter(target: ViClipModel | HasModel, path: string): Promise<Adapter> {
  const method = await methodOfFile(path)
  if (Object.hasOwn(METHODS, method))
    return methodOf(method)
      .load(target, path)
      .catch((cause: unknown) => {
        // The settings of a file are checked as options are, which name no file.
        if (!(cause instanceof MstaError) || cause.file !== undefined) throw cause
        throw new MstaError('ERR_CHECKPOINT', `${path}: ${cause.message}`, { file: path, cause })
      })
  const known = METHOD_NAMES.join(', ')
  throw new MstaError('ERR_CHECKPOINT', `${path}: unknown method "${method}"; known: ${known}`, {
    file: path,
  })
}

/** How many parameters a method trains in a model of these sizes. @throws MstaError ERR_ARGUMENT */
export function trainableCount({ method, ...options }: AdapterOptions, model: ViClipConfig): number {
  return methodOf(method).parameterCount(checked(method, options), model)
}

/** What a method adds to a model of these sizes. @throws MstaError ERR_ARGUMENT */
export function adapterCost(
  { method, ...options }: AdapterOptions,
  model: ViClipConfig,
  prompts: number,
): AdapterCost {
  return methodOf(method).cost(checked(method, options), model, prompts)
}

function checked<Options extends object>(method: string | undefined, options: Options): Options {
  const known: readonly string[] = [...methodOf(method).options, 'seed']
  const unknown = Object.keys(options).find((key) => !known.includes(key))
  if (unknown === undefined) return options
  throw new MstaError('ERR_ARGUMENT', `Adapter: ${method ?? 'msta'} has no option "${unknown}"`)
}
