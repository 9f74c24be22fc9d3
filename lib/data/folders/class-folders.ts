import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { MstaError } from '../../runtime/errors.js'
import { normaliseClassName } from '../../text/class-name.js'
import { isVideoName } from '../video-extension.js'
import { classOfFolder, problemOfClassName } from './class-name.js'

/** A class as a folder of clips. */
export interface ClassFolder {
  /** What it is called: the folder's name, with spaces for underscores and dashes. */
  name: string
  /** The folder's own name. */
  folder: string
  /** Names of its videos, in alphabetical order. */
  videos: string[]
  /** How many other things lie in it; hidden ones are not counted. */
  others: number
}

/** What {@link listClassFolders} found. */
export interface ClassFolders {
  /** Absolute path. */
  root: string
  /** In alphabetical order of their names. */
  classes: ClassFolder[]
  /** Names of videos that lie beside the class folders, and so in no class. */
  loose: string[]
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const refuse = (file: string, problem: string): MstaError =>
  new MstaError('ERR_LIST', `${file}: ${problem}`, { file })

/**
 * Looks what classes a folder has: each folder in it is one, with the videos directly in that. What begins with a dot
 * is left out. Classes without videos are among them.
 * @throws MstaError ERR_FILE for a folder that cannot be read; ERR_LIST for a name that cannot be used, or two folders of
 *   one class; the signal's reason
 */
export async function listClassFolders(folder: string, signal?: AbortSignal): Promise<ClassFolders> {
  const root = path.resolve(folder)
  const items = await itemsOf(root, folder)
  const classes: ClassFolder[] = []
  for (const { name: own } of await only(root, items, 'isDirectory')) {
    signal?.throwIfAborted()
    const place = path.join(folder, own)
    const problem = problemOfClassName(own)
    if (problem !== undefined) throw refuse(place, `The name of the folder ${problem}. Rename it.`)
    const inside = await itemsOf(path.join(root, own), place)
    const videos = (await only(path.join(root, own), inside, 'isFile')).map(({ name }) => name)
    const used = videos.filter(isVideoName).sort(compare)
    const unfit = used.find((name) => /[\n\r\ufffd]/.test(name))
    if (unfit !== undefined)
      throw refuse(
        path.join(place, unfit),
        'The name of the file has a character that lists cannot hold. Rename it.',
      )
    classes.push({
      name: classOfFolder(own),
      folder: own,
      videos: used,
      others: inside.length - used.length,
    })
  }
  classes.sort((a, b) => compare(a.name, b.name))
  refuseSameNames(folder, classes)
  const loose = (await only(root, items, 'isFile')).map(({ name }) => name).filter(isVideoName)
  return { root, classes, loose: loose.sort(compare) }
}

async function itemsOf(folder: string, shown: string): Promise<Dirent[]> {
  const items = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    const missing = cause.code === 'ENOENT' ? 'does not exist' : `cannot be read (${cause.message})`
    const remedy = 'Make it with a folder for each class, and clips in these (msta init does so).'
    throw new MstaError('ERR_FILE', `${shown} ${missing}. ${remedy}`, { file: shown, cause })
  })
  return items.filter(({ name }) => !name.startsWith('.'))
}

/** The items that are folders or files, also by way of a link. */
async function only(
  folder: string,
  items: readonly Dirent[],
  kind: 'isDirectory' | 'isFile',
): Promise<Dirent[]> {
  const isOfKind = async (item: Dirent) => {
    if (!item.isSymbolicLink()) return item[kind]()
    const target = await stat(path.join(folder, item.name)).catch(() => undefined)
    return target?.[kind]() ?? false
  }
  const kept = await Promise.all(items.map(isOfKind))
  return items.filter((_, i) => kept[i])
}

function refuseSameNames(root: string, classes: readonly ClassFolder[]): void {
  const seen = new Map<string, string>()
  for (const { name, folder } of classes) {
    const key = normaliseClassName(name)
    const other = seen.get(key)
    if (other !== undefined)
      throw refuse(
        root,
        `The folders ${JSON.stringify(other)} and ${JSON.stringify(folder)} are one class by their names. ` +
          'Put their clips into one of them, or rename one.',
      )
    seen.set(key, folder)
  }
}
