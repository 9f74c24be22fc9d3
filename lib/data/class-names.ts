import { normaliseClassName } from '../text/class-name.js'

/** Finds classes by name: as written, or else normalised where only one class is spelled so. */
export class ClassFinder {
  private readonly exact: Map<string, number>
  private readonly normalised = new Map<string, number | 'several'>()

  /** @param names class names; the class id is the index. */
  constructor(readonly names: readonly string[]) {
    this.exact = new Map(names.map((name, id) => [name, id]))
    for (const [id, name] of names.entries()) {
      const key = normaliseClassName(name)
      this.normalised.set(key, this.normalised.has(key) ? 'several' : id)
    }
  }

  /** The id of a class; undefined if there is none, or more than one, of that name. */
  find(name: string): number | undefined {
    const found = this.exact.get(name) ?? this.normalised.get(normaliseClassName(name))
    return found === 'several' ? undefined : found
  }
}
