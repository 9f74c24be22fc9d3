import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { createGate } from '../runtime/gate.js'
import { normaliseClassName } from '../text/class-name.js'
import { existsAsVideo } from '../video/video-file.js'
import { folderOf } from './lists/entry.js'
import type { ListEntry } from './lists.js'

/** Where an entry of a list lies. */
export interface Location {
  /** Absolute path; of a missing one, where it was expected. */
  file: string
  /** Whether there is such a file, or folder of frames. */
  exists: boolean
}

const LOOKED_AT_ONCE = 64
/** Class folders of the largest data sets are fewer; a root of more holds a folder for each video. */
const MOST_CLASS_FOLDERS = 2000

/**
 * Finds the videos of a list below `root`: under the path that the list writes, or, for paths without folders and for
 * lists that name no files, by name in `root` and in the folders directly below it. Of several files of one name that
 * in the class's folder is taken, otherwise none.
 * @param names class names, for the names of the folders.
 */
export async function locateVideos(
  root: string,
  entries: readonly ListEntry[],
  names: readonly string[],
  signal?: AbortSignal,
): Promise<Location[]> {
  const gate = createGate(LOOKED_AT_ONCE)
  const locations = await Promise.all(
    entries.map((entry) =>
      gate(async () => {
        signal?.throwIfAborted()
        const file = path.resolve(root, entry.path)
        return { file, exists: entry.stems === undefined && (await existsAsVideo(file)) }
      }),
    ),
  )
  const wanted = entries.map((entry, i) => (locations[i]!.exists ? [] : searchedNames(entry)))
  if (wanted.every((list) => list.length === 0)) return locations
  const found = await findNames(root, new Set(wanted.flat()), signal)
  return locations.map((location, i) => {
    const file = choose(wanted[i]!, found, names[entries[i]!.label])
    return file === undefined ? location : { file, exists: true }
  })
}

/** Names under which a video is looked for: whole names, or stems with a dot at the end. */
function searchedNames(entry: ListEntry): string[] {
  if (entry.stems) return entry.stems.map((stem) => `${stem}.`)
  return folderOf(entry.path) === undefined ? [entry.path] : []
}

/** Absolute paths, by whole name and by `stem.`, of what lies in `root` and the folders directly below it. */
async function findNames(
  root: string,
  wanted: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  const add = (folder: string, items: readonly Dirent[]) => {
    for (const { name } of items) {
      const keys = new Set([name, `${path.parse(name).name}.`, `${name}.`])
      for (const key of keys)
        if (wanted.has(key)) found.set(key, [...(found.get(key) ?? []), path.join(folder, name)])
    }
  }
  const top = await listFolder(root)
  add(root, top)
  const folders = top.filter((item) => item.isDirectory() || item.isSymbolicLink())
  if (folders.length > MOST_CLASS_FOLDERS) return found
  for (const { name } of folders) {
    signal?.throwIfAborted()
    const folder = path.join(root, name)
    add(folder, await listFolder(folder))
  }
  return found
}

function choose(
  searched: readonly string[],
  found: ReadonlyMap<string, string[]>,
  className: string | undefined,
): string | undefined {
  for (const name of searched) {
    const files = found.get(name) ?? []
    if (files.length === 1) return files[0]
    const isOfClass = (file: string) =>
      normaliseClassName(folderOf(file) ?? '') === normaliseClassName(className ?? '')
    const own = files.filter(isOfClass)
    if (own.length === 1) return own[0]
  }
  return undefined
}

const listFolder = (folder: string): Promise<Dirent[]> =>
  readdir(folder, { withFileTypes: true }).catch(() => [])
