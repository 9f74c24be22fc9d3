import { existsSync } from 'node:fs'
import path from 'node:path'
import { firstLineOf, isWholeNumber, linesOf, splitLastWord } from '../lines.js'
import { type ListSource, listError, type RawEntry } from './entry.js'

/** The parts of `folder frames label`; undefined for another line. */
function splitLine(line: string): { folder: string; frames: string; label: string } | undefined {
  const [before, label] = splitLastWord(line)
  const [folder, frames] = splitLastWord(before)
  return folder !== '' && isWholeNumber(frames) && isWholeNumber(label)
    ? { folder, frames, label }
    : undefined
}

/** Whether the first line is `folder frames label`, and not `path label` with a space in the path of a file. */
export function isFrameFolderList({ text, root }: ListSource): boolean {
  const parts = splitLine(firstLineOf(text))
  return parts !== undefined && !existsSync(path.resolve(root ?? '.', `${parts.folder} ${parts.frames}`))
}

/** Lines of `folder frames label` (ActionCLIP, TSN): folders of one picture a frame, labels 0-based. */
export function parseFrameFolders({ file, text }: ListSource): RawEntry[] {
  return linesOf(text).map(({ text: words, line }) => {
    const place = `${file}:${line}`
    const parts = splitLine(words)
    if (parts === undefined)
      throw listError(
        place,
        `${JSON.stringify(words)} is not "folder frames label" as the first line is, with whole numbers from 0.`,
      )
    return { path: parts.folder, frames: Number(parts.frames), label: Number(parts.label), line, place }
  })
}
