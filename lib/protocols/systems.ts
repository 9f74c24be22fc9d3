import { MstaError } from '../runtime/errors.js'
import { RECIPES, type Recipe, resolveRecipe } from '../train/recipes.js'
import type { ProtocolRequest } from './request.js'

/** What the paper's tables compare (SPEC section 7): a model and how it is tuned. */
export interface System {
  name: string
  /** As a table names it. */
  title: string
  model: 'viclip' | 'clip'
  /** How it is trained; null for a model as it is. */
  recipe: Recipe | null
}

interface Known {
  title: string
  model?: 'clip'
  /** Changes of the protocol's recipe; null for a model as it is. */
  changes: readonly string[] | null
}

// ViFi-CLIP's own rate for tuning a whole model: the paper names none for its tuned baselines.
const FULL = ['adapter.method=full', 'lambda=0', 'learningRate=2e-6']

const KNOWN: Readonly<Record<string, Known>> = {
  clip: { title: 'CLIP, frame by frame', model: 'clip', changes: null },
  'vifi-clip': { title: 'ViFi-CLIP', model: 'clip', changes: FULL },
  'zero-shot': { title: 'ViCLIP', changes: null },
  full: { title: 'ViCLIP, tuned', changes: FULL },
  adaptformer: { title: 'ViCLIP + AdaptFormer', changes: ['adapter.method=adaptformer', 'lambda=0'] },
  lora: { title: 'ViCLIP + LoRA', changes: ['adapter.method=lora', 'lambda=0'] },
  msta: { title: 'ViCLIP + MSTA', changes: ['lambda=0'] },
  // Of the recipe's weight, if it has one.
  'msta+': { title: 'ViCLIP + MSTA+', changes: ['lambda=1'] },
}

/** The systems by name, in the order of a table. Recipes can be compared, too, by their names. */
export const SYSTEM_NAMES = Object.keys(KNOWN)

/**
 * The systems of a request, with their recipes. `all` are those of {@link SYSTEM_NAMES} for which the request has what
 * they need, `ablations` the recipes of that kind.
 *
 * @param onLeftOut told which of `all` are left out, and what they lack
 * @throws MstaError ERR_ARGUMENT for an unknown name or change, or a system that lacks what it needs
 */
export async function resolveSystems(
  request: ProtocolRequest,
  onLeftOut: (message: string) => void = () => {},
): Promise<System[]> {
  const systems: System[] = []
  const used = new Set<string>()
  for (const { name, isOptional } of namesOf(request)) {
    const system = await resolveSystem(name, request, used)
    const lack = lackOf(system, request)
    if (lack === undefined) systems.push(system)
    else if (isOptional) onLeftOut(`${name} is left out: it needs ${lack}`)
    else throw new MstaError('ERR_ARGUMENT', `The system "${name}" needs ${lack}`)
  }
  const unused = request.changes?.find((change) => !used.has(change))
  if (unused !== undefined && systems.some(({ recipe }) => recipe !== null))
    throw new MstaError(
      'ERR_ARGUMENT',
      `Recipe: "${unused}" changes no system; SYSTEM:key=value changes what defines one`,
    )
  return systems
}

/** The prompt of a request's recipe. @throws MstaError ERR_ARGUMENT, ERR_FILE, ERR_FORMAT */
export async function templateOf({ recipe, protocol, changes = [] }: ProtocolRequest): Promise<string> {
  const own = changes.filter((change) => change.startsWith('template='))
  return (await resolveRecipe(recipe ?? protocol, own)).template
}

function namesOf({ systems, data, descriptions }: ProtocolRequest): { name: string; isOptional: boolean }[] {
  const trained = descriptions ? 'msta+' : 'msta'
  const names = systems ?? [data.train === undefined ? 'zero-shot' : trained]
  const all = names.flatMap((name) => {
    if (name === 'all') return SYSTEM_NAMES.map((each) => ({ name: each, isOptional: true }))
    if (name === 'ablations') return ablations().map((each) => ({ name: each, isOptional: true }))
    return [{ name, isOptional: false }]
  })
  return all.filter(({ name }, i) => all.findIndex((other) => other.name === name) === i)
}

const ablations = () => Object.keys(RECIPES).filter((name) => name.startsWith('ablation/'))

/** What a system needs and a request lacks. */
function lackOf(
  { model, recipe }: System,
  { clip, data, descriptions }: ProtocolRequest,
): string | undefined {
  if (model === 'clip' && !clip) return 'a CLIP checkpoint'
  if (recipe && data.train === undefined) return 'a training list'
  return recipe && recipe.lambda > 0 && !descriptions ? 'descriptions' : undefined
}

async function resolveSystem(name: string, request: ProtocolRequest, used: Set<string>): Promise<System> {
  const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined
  if (!known && !Object.hasOwn(RECIPES, name) && !name.endsWith('.json'))
    throw new MstaError(
      'ERR_ARGUMENT',
      `There is no system "${name}"; known: ${SYSTEM_NAMES.join(', ')}, all, ablations, and recipes by their names`,
    )
  const { title = name, model = 'viclip', changes: definition = [] } = known ?? {}
  if (definition === null) return { name, title, model, recipe: null }
  const base = known ? (request.recipe ?? request.protocol) : name
  const weight = name === 'msta+' ? (await resolveRecipe(base)).lambda : 0
  const changes = weight > 0 ? [`lambda=${weight}`] : definition
  const own = (request.changes ?? []).flatMap((change) => {
    const mine = changeFor(name, changes, change)
    if (mine === undefined) return []
    used.add(change)
    return [mine]
  })
  const recipe = await resolveRecipe(base, [...changes, ...own])
  return { name, title, model, recipe }
}

const keyOf = (change: string): string => change.slice(0, change.indexOf('='))

/**
 * What a change means to a system: `SYSTEM:key=value` is for that one. Others leave alone what defines a system, with
 * its method all the adapter's options.
 * @param definition the system's own changes
 */
function changeFor(name: string, definition: readonly string[], change: string): string | undefined {
  const [, system, rest] = /^([\w+-]+(?:\/[\w-]+)*):(.*)$/s.exec(change) ?? []
  if (system !== undefined) {
    if (!Object.hasOwn(KNOWN, system) && !Object.hasOwn(RECIPES, system))
      throw new MstaError('ERR_ARGUMENT', `Recipe: "${change}" is for "${system}", which is no system`)
    return system === name ? rest : undefined
  }
  const key = keyOf(change)
  const keys = definition.map(keyOf)
  const isDefined = keys.includes(key) || (key.startsWith('adapter.') && keys.includes('adapter.method'))
  return isDefined ? undefined : change
}
