import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { firstLineOf, linesOf } from '../lines.js'
import { type ListSource, listError } from './entry.js'

const SHARD = /\.(tar(\.\w+)?|tgz)$/i
const MOST_SHARDS = 100_000

/** Whether a path is named like a tar archive, compressed or not. */
export const isShardName = (name: string): boolean => SHARD.test(name)

/** Whether the first line of a list names a shard. */
export const isShardList = ({ text }: ListSource): boolean => isShardName(firstLineOf(text))

/**
 * The shards that a pattern names: brace ranges `{000..003}` and choices `{a,b}`, then `*` and `?` within names, found
 * relative to the first of `folders` that has any. In the order of the braces, names of a `*` in alphabetical order.
 * @throws MstaError ERR_LIST at `place` if a shard is missing or nothing matches.
 */
export async function findShards(
  pattern: string,
  folders: readonly string[],
  place = pattern,
): Promise<string[]> {
  const names = expandBraces(pattern, place)
  for (const folder of folders) {
    const found = await Promise.all(names.map((name) => matchingFiles(path.resolve(folder, name))))
    const missing = names.filter((_, i) => found[i]!.length === 0)
    if (missing.length === 0) return found.flat()
    if (missing.length < names.length) throw noShard(place, missing, folder)
  }
  throw noShard(place, names, folders.map((folder) => path.resolve(folder)).join(' or '))
}

/** The shards of a list file, a name or pattern a line, relative to `root` or to the list. @throws MstaError ERR_LIST. */
export async function findListedShards({ file, text, root }: ListSource): Promise<string[]> {
  const folders = [...(root === undefined ? [] : [root]), path.dirname(file)]
  const shards: string[] = []
  for (const { text: name, line } of linesOf(text)) {
    const place = `${file}:${line}`
    if (!isShardName(name))
      throw listError(
        place,
        `${JSON.stringify(name)} is not the name of a tar archive, as the first line is.`,
      )
    shards.push(...(await findShards(name, folders, place)))
  }
  return shards
}

/** The tar archives of a folder, in alphabetical order. */
export async function shardsInFolder(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names
    .filter(isShardName)
    .sort()
    .map((name) => path.join(folder, name))
}

/** Every name that a pattern with braces stands for, once: those of braces within braces may come several times. */
function expandBraces(pattern: string, place: string): string[] {
  let names = [pattern]
  for (;;) {
    const inner = /\{([^{}]*)\}/.exec(names[0]!)
    if (inner === null) return [...new Set(names)]
    names = names.flatMap((name) => {
      const { index, 0: group, 1: content } = /\{([^{}]*)\}/.exec(name)!
      return alternatives(content!, place).map(
        (choice) => name.slice(0, index) + choice + name.slice(index + group.length),
      )
    })
    if (names.length > MOST_SHARDS) throw tooMany(place)
  }
}

function alternatives(content: string, place: string): string[] {
  const [, first, last] = /^(\d+)\.\.(\d+)$/.exec(content) ?? []
  if (first === undefined) return content.split(',')
  const [from, to] = [Number(first), Number(last)]
  const step = from <= to ? 1 : -1
  const count = Math.abs(to - from) + 1
  if (count > MOST_SHARDS) throw tooMany(place)
  return Array.from({ length: count }, (_, i) => String(from + i * step).padStart(first.length, '0'))
}

/** The files that an absolute path with `*` and `?` in its names stands for. */
async function matchingFiles(pattern: string): Promise<string[]> {
  const { root } = path.parse(pattern)
  let found = [root]
  for (const segment of pattern.slice(root.length).split(path.sep)) {
    const isPattern = /[*?]/.test(segment)
    const next = await Promise.all(
      found.map(async (folder) => {
        if (!isPattern) return [path.join(folder, segment)]
        const names = await readdir(folder).catch(() => [])
        return names
          .filter(matcherOf(segment))
          .sort()
          .map((name) => path.join(folder, name))
      }),
    )
    found = next.flat()
  }
  const isFile = await Promise.all(found.map((file) => stat(file).catch(() => undefined)))
  return found.filter((_, i) => isFile[i]?.isFile())
}

/** As a shell: `*` and `?` do not stand for a dot that begins a name. */
function matcherOf(segment: string): (name: string) => boolean {
  const source = segment.replace(/[.*+?^${}()|[\]\\]/g, (char) =>
    char === '*' ? '.*' : char === '?' ? '.' : `\\${char}`,
  )
  const pattern = new RegExp(`^${/^[*?]/.test(segment) ? '(?!\\.)' : ''}${source}$`, 's')
  return (name) => pattern.test(name)
}

function noShard(place: string, names: readonly string[], where: string) {
  const more = names.length > 1 ? ` and ${names.length - 1} more` : ''
  return listError(
    place,
    `There is no shard ${names[0]}${more} in ${where}. Check the pattern and the folder.`,
  )
}

const tooMany = (place: string) => listError(place, `The pattern names more than ${MOST_SHARDS} shards.`)
