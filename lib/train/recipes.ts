import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type AdapterOptions, methodOf, trainableCount } from '../adapters/methods.js'
import { isJsonObject, parseJson } from '../formats/json.js'
import { VICLIP_B16 } from '../models/viclip/config.js'
import { MstaError } from '../runtime/errors.js'
import { packageRoot } from '../runtime/package-root.js'

/** Everything that decides a training run besides data, model and seed. */
export interface Recipe {
  name: string
  /** Videos a step. */
  batchSize: number
  /** Highest learning rate; see {@link learningRate}. */
  learningRate: number
  epochs: number
  warmupEpochs: number
  weightDecay: number
  /** The norm of all gradients together is scaled down to it where it is larger; 0: never. */
  maxGradientNorm: number
  /** Weight of the consistency term; needs descriptions. 0: plain MSTA. */
  lambda: number
  /** Descriptions of each kind used of a class: the first so many of its list, or all when there are fewer. */
  descriptionsPerClass: number
  /** Prompt with `{}` for the class name. */
  template: string
  /** Training transform; none: the view of a test, the same in every epoch. */
  augmentation: 'paper' | 'vifi' | 'none'
  /** Of the augmentation 'paper': smallest and largest share of the frame's area that a crop has. */
  cropScale: readonly [number, number]
  /** Of the augmentation 'paper': smallest and largest width / height of a crop. */
  cropRatio: readonly [number, number]
  seed: number
  /** Its method, MSTA unless given, and that method's options. */
  adapter: AdapterOptions
}

/** What a built-in recipe is for, and where its values come from: the paper, its authors' logs, or neither. */
export interface RecipeNote {
  about: string
  source: 'paper' | 'logs' | 'ours'
}

/** A recipe as a file has it (recipes/recipes.schema.json): what is left out is that of the one it extends. */
interface RecipeFile extends Partial<Recipe>, Partial<RecipeNote> {
  $schema?: string
  extends?: string
}

const DEFAULT = 'few-shot'
const BUILT_IN = (
  JSON.parse(readFileSync(path.join(packageRoot, 'lib/train/recipes/recipes.json'), 'utf8')) as {
    recipes: Record<string, RecipeFile>
  }
).recipes

/** A recipe file with all that it leaves out. */
function extended(file: RecipeFile): RecipeFile {
  const { extends: base, ...own } = file
  if (base === undefined) return structuredClone(own)
  if (!Object.hasOwn(BUILT_IN, base)) throw unknownName(base)
  const { $schema: _, ...below } = extended(BUILT_IN[base]!)
  const adapter = { ...defaultsOf(own.adapter?.method, below.adapter), ...own.adapter }
  return { ...below, ...structuredClone(own), adapter }
}

/** What is left of an adapter's options with another method: nothing, since each has its own. */
function defaultsOf(method: string | undefined, options: AdapterOptions = {}): AdapterOptions {
  const isSame = method === undefined || methodOf(method) === methodOf(options.method)
  return isSame ? structuredClone(options) : {}
}

function toRecipe(file: RecipeFile, name: string): Recipe {
  const { $schema, about, source, ...recipe } = extended(file)
  return { name, ...recipe } as Recipe
}

function ofBuiltIn<T>(make: (file: RecipeFile, name: string) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(BUILT_IN).map(([name, file]) => [name, make(file, name)]))
}

/** The built-in recipes by name: the rows of SPEC section 4 and the ablations of the paper's Table 6. */
export const RECIPES: Readonly<Record<string, Recipe>> = ofBuiltIn(toRecipe)

/** What the built-in recipes are for, by name. */
export const RECIPE_NOTES: Readonly<Record<string, RecipeNote>> = ofBuiltIn((file) => {
  const { about = '', source = 'ours' } = extended(file)
  return { about, source }
})

function fail(what: string): MstaError {
  return new MstaError('ERR_ARGUMENT', `Recipe: ${what}`)
}

function unknownName(name: string): MstaError {
  const short = Object.keys(BUILT_IN).filter((known) => !known.includes('/'))
  return fail(
    `there is no "${name}"; known: ${short.join(', ')} and more (msta recipes), or the path of a .json file`,
  )
}

const METHOD_CHANGE = 'adapter.method='

/**
 * A built-in recipe by name, or one from a JSON file (fields left out are those of the recipe that it `extends`, else
 * the few-shot recipe's; the options of an adapter of another method are that method's own).
 *
 * @param changes `key=value` pairs, such as `epochs=2`, `adapter.dim=64` or `adapter.layers=1-4`; `adapter.method=lora`
 *   comes first wherever it stands, and starts from that method's defaults
 * @throws MstaError ERR_ARGUMENT for an unknown name, key or value; ERR_FILE, ERR_FORMAT for the file
 */
export async function resolveRecipe(nameOrFile: string, changes: readonly string[] = []): Promise<Recipe> {
  const recipe = Object.hasOwn(RECIPES, nameOrFile)
    ? structuredClone(RECIPES[nameOrFile]!)
    : await readRecipe(nameOrFile)
  const isMethod = (change: string) => change.startsWith(METHOD_CHANGE)
  for (const change of changes.filter(isMethod)) changeMethod(recipe, change.slice(METHOD_CHANGE.length))
  for (const change of changes.filter((each) => !isMethod(each))) applyChange(recipe, change)
  return checkRecipe(recipe)
}

async function readRecipe(file: string): Promise<Recipe> {
  if (!file.endsWith('.json')) throw unknownName(file)
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new MstaError('ERR_FILE', `${file}: cannot read the recipe (${cause.message})`, { file, cause })
  })
  let given: unknown
  try {
    given = parseJson(text)
  } catch (cause) {
    throw new MstaError('ERR_FORMAT', `${file}: not JSON (${(cause as Error).message})`, { file, cause })
  }
  if (!isJsonObject(given)) throw new MstaError('ERR_FORMAT', `${file}: a recipe is a JSON object`, { file })
  try {
    if (given.adapter !== undefined && !isJsonObject(given.adapter))
      throw fail(`adapter must be an object, not ${given.adapter}`)
    return checkRecipe(toRecipe({ extends: DEFAULT, ...given }, file))
  } catch (cause) {
    if (!(cause instanceof MstaError)) throw cause
    throw new MstaError(cause.code, `${file}: ${cause.message}`, { file, cause })
  }
}

function changeMethod(recipe: Recipe, method: string): void {
  if (methodOf(method) === methodOf(recipe.adapter.method)) return
  const isDefault = methodOf(method) === methodOf()
  recipe.adapter = isDefault
    ? structuredClone(RECIPES[DEFAULT]!.adapter)
    : { method: method as NonNullable<AdapterOptions['method']> }
}

function applyChange(recipe: Recipe, change: string): void {
  const [, path, text] = /^([^=]+)=(.*)$/s.exec(change) ?? []
  if (!path || text === undefined) throw fail(`"${change}" is not key=value`)
  const keys = path.split('.')
  const last = keys.pop()!
  const inAdapter = keys.length === 1 && keys[0] === 'adapter'
  const adapterKeys: readonly string[] = methodOf(recipe.adapter.method).options
  const known = inAdapter
    ? adapterKeys.includes(last)
    : keys.length === 0 && Object.hasOwn(RECIPES[DEFAULT]!, last) && last !== 'adapter' && last !== 'name'
  if (!known) throw fail(`unknown key "${path}"`)
  const target = (inAdapter ? recipe.adapter : recipe) as unknown as Record<string, unknown>
  const isText = ['template', 'augmentation', 'layers', 'temporal'].includes(last)
  try {
    target[last] = isText ? text : JSON.parse(text)
  } catch {
    throw fail(`"${text}" is no value for ${path}`)
  }
}

// More than any model has: which blocks there are is checked when the adapter is made.
const LAYERS = 1000
const ANY_DEPTH = {
  ...VICLIP_B16,
  video: { ...VICLIP_B16.video, layers: LAYERS },
  text: { ...VICLIP_B16.text, layers: LAYERS },
}

/** @throws MstaError ERR_ARGUMENT unless `range` is two ascending numbers over 0, of at most `most` */
function checkRange(key: string, range: unknown, most: number): void {
  const [low, high, ...more] = Array.isArray(range) ? (range as unknown[]) : []
  const isRange = typeof low === 'number' && typeof high === 'number' && more.length === 0
  if (isRange && low > 0 && low <= high && high <= most) return
  const limit = most === Number.MAX_VALUE ? '' : ` and at most ${most}`
  throw fail(`${key} must be [smallest, largest], greater than 0${limit}, not ${JSON.stringify(range)}`)
}

/** Returns the recipe when every field makes sense. @throws MstaError ERR_ARGUMENT */
export function checkRecipe(recipe: Recipe): Recipe {
  const unknown = Object.keys(recipe).find((key) => !Object.hasOwn(RECIPES[DEFAULT]!, key))
  if (unknown !== undefined) throw fail(`unknown key "${unknown}"`)
  if (typeof recipe.name !== 'string') throw fail(`name must be a text, not ${recipe.name}`)
  const whole = { batchSize: 1, epochs: 1, descriptionsPerClass: 1, seed: 0 }
  for (const [key, least] of Object.entries(whole)) {
    const value = recipe[key as keyof typeof whole]
    if (!Number.isSafeInteger(value) || value < least)
      throw fail(`${key} must be an integer of at least ${least}, not ${value}`)
  }
  for (const key of ['learningRate', 'warmupEpochs', 'weightDecay', 'maxGradientNorm', 'lambda'] as const)
    if (!(Number.isFinite(recipe[key]) && recipe[key] >= 0))
      throw fail(`${key} must be a number of at least 0, not ${recipe[key]}`)
  if (!['paper', 'vifi', 'none'].includes(recipe.augmentation))
    throw fail(`augmentation must be paper, vifi or none, not ${recipe.augmentation}`)
  checkRange('cropScale', recipe.cropScale, 1)
  checkRange('cropRatio', recipe.cropRatio, Number.MAX_VALUE)
  if (typeof recipe.template !== 'string' || !recipe.template.includes('{}'))
    throw fail('template needs {} for the class name')
  if (!isJsonObject(recipe.adapter)) throw fail(`adapter must be an object, not ${recipe.adapter}`)
  trainableCount(recipe.adapter, ANY_DEPTH)
  return recipe
}
