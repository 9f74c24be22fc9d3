import { MstaError } from '../runtime/errors.js'
import { normaliseClassName } from './class-name.js'

/**
 * Entries of one list of classes in the order of another, by name: such as descriptions of a whole data set for its
 * base classes, whose ids are renumbered. Where no name is equal, case, spaces and punctuation do not count.
 *
 * @param entries by class id of `from`
 * @param file of the labels `from`, for errors
 * @throws MstaError ERR_LABELS naming the classes of `to` that `from` lacks, or a name that two of its classes match
 */
export function mapByName<T>(
  entries: readonly T[],
  from: readonly string[],
  to: readonly string[],
  file = 'labels',
): T[] {
  const fail = (what: string) => new MstaError('ERR_LABELS', `${file}: ${what}`, { file })
  if (entries.length !== from.length)
    throw fail(`${entries.length} entries do not belong to ${from.length} classes`)
  const exact = new Map(from.map((name, id) => [name, id]))
  const similar = new Map<string, number[]>()
  from.forEach((name, id) => {
    similar.set(normaliseClassName(name), [...(similar.get(normaliseClassName(name)) ?? []), id])
  })
  const ids = to.map((name) => {
    const candidates = similar.get(normaliseClassName(name)) ?? []
    if (!exact.has(name) && candidates.length > 1)
      throw fail(
        `class "${name}" could be ${candidates.map((id) => `"${from[id]}"`).join(' or ')}; spell it as one of them`,
      )
    return exact.get(name) ?? candidates[0]
  })
  const missing = to.filter((_, i) => ids[i] === undefined)
  if (missing.length > 0) {
    const more = missing.length > 5 ? ` and ${missing.length - 5} more` : ''
    const shown = missing.slice(0, 5).map((name) => `"${name}"`)
    throw fail(`no class has the name ${shown.join(', ')}${more}`)
  }
  return ids.map((id) => entries[id!]!)
}
