import { existsSync } from 'node:fs'
import path from 'node:path'
import { firstLineOf, linesOf } from '../lines.js'
import { type ListSource, listError, type RawEntry } from './entry.js'

const LINE = /^(.+?)\s+(\d+)\s+(\d+)$/

/** Whether the first line is `folder frames label`, and not `path label` with a space in the path of a file. */
export function isFrameFolderList({ text, root }: ListSource): boolean {
  const [, folder, frames] = LINE.exec(firstLineOf(text)) ?? []
  return folder !== undefined && !existsSync(path.resolve(root ?? '.', `${folder} ${frames}`))
}

/** Lines of `folder frames label` (ActionCLIP, TSN): folders of one picture a frame, labels 0-based. */
export function parseFrameFolders({ file, text }: ListSource): RawEntry[] {
  return linesOf(text).map(({ text: words, line }) => {
    const place = `${file}:${line}`
    const [, folder, frames, label] = LINE.exec(words) ?? []
    if (folder === undefined)
      throw listError(
        place,
        `${JSON.stringify(words)} is not "folder frames label" as the first line is, with whole numbers from 0.`,
      )
    return { path: folder, frames: Number(frames), label: Number(label), line, place }
  })
}
