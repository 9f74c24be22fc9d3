import { existsSync } from 'node:fs'
import path from 'node:path'
import { isWholeNumber, linesOf, splitLastWord } from '../lines.js'
import { type ListSource, listError, type RawEntry } from './entry.js'

const FORM = 'Expected "relative/path label" or "path,label" with a 0-based class id.'

/** Lines of `relative/path label` (ViFi-CLIP) or `path,label` (Vita-CLIP, Open-VCLIP). */
export function parsePathLabel({ file, text, root }: ListSource): RawEntry[] {
  return linesOf(text).map(({ text: words, line }) => {
    const place = `${file}:${line}`
    const parsed = parseLine(words, root)
    if (typeof parsed === 'string') throw listError(place, `${parsed} ${FORM}`)
    return { ...parsed, line, place }
  })
}

/** The entry of a line, or what is wrong with it. */
function parseLine(line: string, root: string | undefined): { path: string; label: number } | string {
  const fields = line.split(/\s+/)
  if (fields.length === 2 && isWholeNumber(fields[1]!) && !fields[0]!.endsWith(',')) {
    return { path: fields[0]!, label: Number(fields[1]) }
  }

  const comma = line.lastIndexOf(',')
  const afterComma = line.slice(comma + 1).trim()
  if (comma > 0 && isWholeNumber(afterComma))
    return {
      path: line
        .slice(0, comma)
        .trimEnd()
        .replace(/^"(.*)"$/, '$1'),
      label: Number(afterComma),
    }

  const [spaced, last] = splitLastWord(line)
  if (spaced !== '' && isWholeNumber(last)) {
    if (existsSync(path.resolve(root ?? '.', spaced))) return { path: spaced, label: Number(last) }
    const isFrameList = fields.length === 3 && isWholeNumber(fields[1]!)
    if (isFrameList)
      return 'This line has a frame count, as lists of frame folders do, and the first line has none.'
    return `${fields.length} fields instead of 2, and no file ${JSON.stringify(spaced)} exists${root ? ` under ${root}` : ''}.`
  }
  if (fields.length === 1) return `There is no label after ${JSON.stringify(line)}.`
  return `The label ${JSON.stringify(fields.at(-1))} is not a whole number from 0.`
}
