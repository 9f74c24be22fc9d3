import { readFile } from 'node:fs/promises'
import type { MstaOptions } from '../adapters/msta/config.js'
import { MstaError } from '../runtime/errors.js'

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
  /** Weight of the consistency term; needs descriptions. 0: plain MSTA. */
  lambda: number
  /** Prompt with `{}` for the class name. */
  template: string
  /** Training transform; none: the view of a test, the same in every epoch. */
  augmentation: 'paper' | 'vifi' | 'none'
  seed: number
  adapter: MstaOptions
}

const PAPER: Omit<Recipe, 'name'> = {
  batchSize: 32,
  learningRate: 1e-3,
  epochs: 50,
  warmupEpochs: 5,
  weightDecay: 1e-3,
  lambda: 1,
  template: 'a video of {}.',
  augmentation: 'paper',
  seed: 0,
  adapter: { dim: 128, layers: [8, 12], alpha: 0.005, dropout: 0.1 },
}
const ON_K400 = {
  batchSize: 256,
  learningRate: 8e-3,
  epochs: 100,
  adapter: { dim: 128, layers: [1, 12], alpha: 0.001, dropout: 0.1 },
} satisfies Partial<Recipe>

/** The rows of SPEC section 4, by name. */
export const RECIPES: Readonly<Record<string, Recipe>> = {
  'few-shot': { name: 'few-shot', ...PAPER },
  'base-to-novel': {
    name: 'base-to-novel',
    ...PAPER,
    epochs: 11,
    adapter: { dim: 256, layers: [1, 12], alpha: 0.005, dropout: 0.1 },
  },
  'zero-shot': { name: 'zero-shot', ...PAPER, ...ON_K400 },
  supervised: { name: 'supervised', ...PAPER, ...ON_K400 },
  'as-logged': { name: 'as-logged', ...PAPER, template: 'a photo of a {}', seed: 2048 },
}

const fail = (what: string) => new MstaError('ERR_ARGUMENT', `Recipe: ${what}`)

/**
 * A built-in recipe by name, or one from a JSON file (fields left out are the few-shot recipe's).
 *
 * @param changes `key=value` pairs, such as `epochs=2`, `adapter.dim=64` or `adapter.layers=1-4`
 * @throws MstaError ERR_ARGUMENT for an unknown name, key or value; ERR_FILE, ERR_FORMAT for the file
 */
export async function resolveRecipe(nameOrFile: string, changes: readonly string[] = []): Promise<Recipe> {
  const recipe = structuredClone(
    Object.hasOwn(RECIPES, nameOrFile) ? RECIPES[nameOrFile]! : await readRecipe(nameOrFile),
  )
  for (const change of changes) applyChange(recipe, change)
  return checkRecipe(recipe)
}

async function readRecipe(file: string): Promise<Recipe> {
  if (!file.endsWith('.json'))
    throw fail(
      `there is no "${file}"; known: ${Object.keys(RECIPES).join(', ')}, or the path of a .json file`,
    )
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new MstaError('ERR_FILE', `${file}: cannot read the recipe (${cause.message})`, { file, cause })
  })
  let given: Partial<Recipe>
  try {
    given = JSON.parse(text)
  } catch (cause) {
    throw new MstaError('ERR_FORMAT', `${file}: not JSON (${(cause as Error).message})`, { file, cause })
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new MstaError('ERR_FORMAT', `${file}: a recipe is a JSON object`, { file })
  return { name: file, ...structuredClone(PAPER), ...given, adapter: { ...PAPER.adapter, ...given.adapter } }
}

function applyChange(recipe: Recipe, change: string): void {
  const [, path, text] = /^([^=]+)=(.*)$/s.exec(change) ?? []
  if (!path || text === undefined) throw fail(`"${change}" is not key=value`)
  const keys = path.split('.')
  const last = keys.pop()!
  const adapterKeys = [
    'dim',
    'layers',
    'alpha',
    'dropout',
    'video',
    'text',
    'shared',
    'temporal',
    'temporalKernel',
  ]
  const inAdapter = keys.length === 1 && keys[0] === 'adapter'
  const known = inAdapter
    ? adapterKeys.includes(last)
    : keys.length === 0 && Object.hasOwn(PAPER, last) && last !== 'adapter'
  if (!known) throw fail(`unknown key "${path}"`)
  const target = (inAdapter ? recipe.adapter : recipe) as unknown as Record<string, unknown>
  const isText = ['template', 'augmentation', 'layers', 'temporal'].includes(last)
  try {
    target[last] = isText ? text : JSON.parse(text)
  } catch {
    throw fail(`"${text}" is no value for ${path}`)
  }
}

/** Returns the recipe when every field makes sense. @throws MstaError ERR_ARGUMENT */
export function checkRecipe(recipe: Recipe): Recipe {
  const unknown = Object.keys(recipe).find((key) => key !== 'name' && !Object.hasOwn(PAPER, key))
  if (unknown !== undefined) throw fail(`unknown key "${unknown}"`)
  const whole = { batchSize: 1, epochs: 1, seed: 0 }
  for (const [key, least] of Object.entries(whole)) {
    const value = recipe[key as keyof typeof whole]
    if (!Number.isSafeInteger(value) || value < least)
      throw fail(`${key} must be an integer of at least ${least}, not ${value}`)
  }
  for (const key of ['learningRate', 'warmupEpochs', 'weightDecay', 'lambda'] as const)
    if (!(Number.isFinite(recipe[key]) && recipe[key] >= 0))
      throw fail(`${key} must be a number of at least 0, not ${recipe[key]}`)
  if (!['paper', 'vifi', 'none'].includes(recipe.augmentation))
    throw fail(`augmentation must be paper, vifi or none, not ${recipe.augmentation}`)
  if (typeof recipe.template !== 'string' || !recipe.template.includes('{}'))
    throw fail('template needs {} for the class name')
  return recipe
}
