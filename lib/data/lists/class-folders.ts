import type { ClassFinder } from '../class-names.js'
import { firstLineOf, linesOf } from '../lines.js'
import { isVideoName } from '../video-extension.js'
import { folderOf, type ListSource, listError, type RawEntry } from './entry.js'

const isVideoInFolder = (path: string): boolean => /^.+[\\/]/.test(path) && isVideoName(path)

/** Whether the first line is a path alone, `Class/video.avi`, as in the test lists of UCF-101. */
export function isUnlabelledList({ text }: ListSource): boolean {
  return isVideoInFolder(firstLineOf(text))
}

/** Lines of `Class/video.avi` without a label: the folder is the class. */
export function parseUnlabelled({ file, text }: ListSource): RawEntry[] {
  return linesOf(text).map(({ text: path, line }) => {
    const place = `${file}:${line}`
    const className = folderOf(path)
    if (className === undefined || !isVideoInFolder(path))
      throw listError(
        place,
        `${JSON.stringify(path)} is not "Class/video.avi", a path without a label as the first line is.`,
      )
    return { path, className, line, place }
  })
}

/**
 * Takes the classes of a list from its folders if its labels are those classes counted from 1, as in UCF-101's own
 * training lists: of every line, not of most.
 */
export function byFolderIfFromOne(
  entries: readonly RawEntry[],
  classes: ClassFinder,
): RawEntry[] | undefined {
  const isFromOne = entries.every(({ path, label }) => {
    const folder = folderOf(path)
    return folder !== undefined && label !== undefined && classes.find(folder) === label - 1
  })
  if (!isFromOne) return undefined
  return entries.map(({ label: _, ...entry }) => ({ ...entry, className: folderOf(entry.path)! }))
}
