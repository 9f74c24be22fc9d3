import { ContentError } from '../content-error.js'
import type { Cursor } from './cursor.js'
import { Callable, Dict, Opaque, type PickleValue, type Resolver, Tuple } from './values.js'

// Python's own pickler puts at most a thousand items on the stack; far above what weights need, and yet harmless.
const MOST_STACK = 100_000
const MOST_MEMO = 1_000_000
const MOST_OBJECTS = 600_000
// In all lists and dictionaries.
const MOST_ITEMS = 400_000

/** The state of a pickle being read: stack, marks and memo, each with its bounds. */
export class Machine {
  private readonly stack: PickleValue[] = []
  private readonly marks: number[] = []
  private readonly memo = new Map<number, PickleValue>()
  private objects = 0
  private items = 0

  constructor(
    readonly cursor: Cursor,
    readonly resolver: Resolver,
  ) {}

  push(value: PickleValue): void {
    if (this.stack.length >= MOST_STACK) throw new ContentError('its pickle has too deep a stack')
    this.stack.push(value)
  }

  /** Pushes a new object, of which there may not be too many. */
  create(object: object): void {
    if (++this.objects > MOST_OBJECTS) throw new ContentError(`its pickle has over ${MOST_OBJECTS} objects`)
    this.push(object)
  }

  pop(): PickleValue {
    this.requireOne()
    return this.stack.pop()
  }

  /** Takes two values, the lower one first. */
  popPair(): [PickleValue, PickleValue] {
    const upper = this.pop()
    return [this.pop(), upper]
  }

  top(): PickleValue {
    this.requireOne()
    return this.stack.at(-1)
  }

  private requireOne(): void {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) {
      throw new ContentError('its pickle takes from an empty stack')
    }
  }

  mark(): void {
    if (this.marks.length >= MOST_STACK) throw new ContentError('its pickle has too many marks')
    this.marks.push(this.stack.length)
  }

  /** Takes everything above the last mark, and the mark. */
  popMark(): PickleValue[] {
    const start = this.marks.pop()
    if (start === undefined) throw new ContentError('its pickle lacks a mark')
    return this.stack.splice(start)
  }

  remember(index = this.memo.size): void {
    if (this.memo.size >= MOST_MEMO) throw new ContentError(`its pickle memorises over ${MOST_MEMO} values`)
    this.memo.set(index, this.top())
  }

  recall(index: number): void {
    if (!this.memo.has(index)) throw new ContentError(`its pickle recalls value ${index}, which it never had`)
    this.push(this.memo.get(index))
  }

  /** Calls one of the functions that the resolver gave out. */
  call(target: PickleValue, args: PickleValue): void {
    if (!(target instanceof Callable)) throw new ContentError('its pickle calls what is no function')
    if (!(args instanceof Tuple)) throw new ContentError(`its pickle calls ${target.name} without a tuple`)
    const result = target.call(args.items)
    if (typeof result === 'object' && result !== null) this.create(result)
    else this.push(result)
  }

  /** Gives the object on top its state, which is only kept for objects that are opaque. */
  build(): void {
    const state = this.pop()
    const target = this.top()
    if (target instanceof Opaque) target.attributes = state
    else if (!(target instanceof Dict)) throw new ContentError('its pickle gives a state to what has none')
  }

  /** Adds keys and values in turn to the dictionary on top. */
  setItems(items: readonly PickleValue[]): void {
    if (items.length % 2 !== 0) throw new ContentError('its pickle has a key without a value')
    const target = this.top()
    if (target instanceof Opaque) return
    if (!(target instanceof Dict)) throw new ContentError('its pickle sets items of what is no dictionary')
    this.countItems(items.length / 2)
    for (let i = 0; i < items.length; i += 2) target.entries.set(items[i], items[i + 1])
  }

  /** Appends to the list on top. */
  append(items: readonly PickleValue[]): void {
    const target = this.top()
    if (!Array.isArray(target)) throw new ContentError('its pickle appends to what is no list')
    this.countItems(items.length)
    for (const item of items) target.push(item)
  }

  private countItems(count: number): void {
    this.items += count
    if (this.items > MOST_ITEMS) throw new ContentError(`its pickle has over ${MOST_ITEMS} items`)
  }

  /** Adds to the set on top, whose members nobody asks for. */
  addItems(): void {
    this.popMark()
    if (!(this.top() instanceof Opaque)) throw new ContentError('its pickle adds to what is no set')
  }
}
