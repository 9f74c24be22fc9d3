import { ContentError } from '../content-error.js'
import { Dict, Opaque, type PickleValue, Tuple } from '../pickle/values.js'
import { isAllowedName, quoteName } from '../tensor-file.js'
import { SCRIPT_CLASS } from './globals.js'
import { StoredTensor } from './stored-tensor.js'

/** The tensors of a checkpoint by the path of their keys, and where among them the model's are. */
export interface NamedTensors {
  tensors: Map<string, StoredTensor>
  stateDictPath: string
}

const MOST_DEPTH = 64
// Characters of all names, and a bit for each name: far above what weights have, against names that multiply.
const MOST_CHARACTERS = 1 << 23
const CHARACTERS_OF_ENTRY = 64

/** Keys under which training programs put the model's tensors. */
const WRAPPERS = ['model', 'state_dict', 'model_state_dict', 'module']

/** The keyed values of a mapping, a list or a module; none for all else. */
function* childrenOf(value: PickleValue): Generator<[string, PickleValue]> {
  if (value instanceof Opaque) {
    if (value.className.startsWith(SCRIPT_CLASS)) yield* childrenOf(value.attributes)
  } else if (value instanceof Dict) {
    for (const [key, item] of value.entries) {
      if (typeof key === 'string' || typeof key === 'number') yield [String(key), item]
    }
  } else {
    const items = value instanceof Tuple ? value.items : Array.isArray(value) ? value : []
    for (let i = 0; i < items.length; i++) yield [String(i), items[i]]
  }
}

type Children = Map<string, PickleValue>

/** Walks a checkpoint; each container is looked through once, however often it is referred to. */
class Collector {
  readonly tensors = new Map<string, StoredTensor>()
  /** Of each container the children that hold tensors; empty while it is being looked through. */
  private readonly holding = new Map<object, Children>()
  private characters = 0

  private count(name: string): void {
    this.characters += name.length + CHARACTERS_OF_ENTRY
    if (this.characters > MOST_CHARACTERS) throw new ContentError('its tensors have too many names')
  }

  private add(name: string, tensor: StoredTensor): void {
    if (!isAllowedName(name)) {
      throw new ContentError(`tensor ${quoteName(name)} has a name that is not allowed`)
    }
    if (this.tensors.has(name)) throw new ContentError(`the name ${quoteName(name)} occurs twice`)
    this.tensors.set(name, tensor)
  }

  /** The children of `value` that are tensors or hold some. */
  *look(value: PickleValue, depth = 0): Generator<void, Children> {
    const known = this.holding.get(value as object)
    if (known) return known
    if (depth > MOST_DEPTH) throw new ContentError(`its objects are nested over ${MOST_DEPTH} deep`)
    const children: Children = new Map()
    if (typeof value !== 'object' || value === null || value instanceof StoredTensor) return children
    this.holding.set(value, children)
    for (const [key, child] of childrenOf(value)) {
      if (child instanceof StoredTensor || (yield* this.look(child, depth + 1)).size > 0) {
        children.set(key, child)
      }
      yield
    }
    return children
  }

  *collect(value: PickleValue, path: string, depth = 0): Generator<void> {
    if (depth > MOST_DEPTH) throw new ContentError(`its objects are nested over ${MOST_DEPTH} deep`)
    for (const [key, child] of yield* this.look(value)) {
      const name = path === '' ? key : `${path}.${key}`
      this.count(name)
      if (child instanceof StoredTensor) this.add(name, child)
      else yield* this.collect(child, name, depth + 1)
      yield
    }
  }

  /** Path of the mapping below `value` that is the state dict. */
  *findStateDict(value: PickleValue): Generator<void, string> {
    const keys: string[] = []
    for (let current = value; keys.length <= MOST_DEPTH; ) {
      const children = yield* this.look(current)
      const key = WRAPPERS.find((wrapper) => children.get(wrapper) instanceof Dict)
      if (current instanceof Opaque || key === undefined) break
      keys.push(key)
      current = children.get(key)
    }
    return keys.join('.')
  }
}

/** Names every tensor of what a pickle held. @throws ContentError */
export function* collectTensors(value: PickleValue): Generator<void, NamedTensors> {
  if (value instanceof StoredTensor) throw new ContentError('it holds one tensor without a name')
  const collector = new Collector()
  yield* collector.collect(value, '')
  return { tensors: collector.tensors, stateDictPath: yield* collector.findStateDict(value) }
}
