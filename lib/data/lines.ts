/** A line that is not blank, trimmed, and its 1-based number. */
export interface TextLine {
  text: string
  line: number
}

/** The lines of a text, LF, CRLF or CR, without blank ones. */
export function linesOf(text: string): TextLine[] {
  return text
    .split(/\r\n|\n|\r/)
    .map((raw, i) => ({ text: raw.trim(), line: i + 1 }))
    .filter(({ text }) => text !== '')
}

/** The first line of a text that is not blank, trimmed; '' if there is none. */
export function firstLineOf(text: string): string {
  return /\S[^\r\n]*/.exec(text)?.[0].trimEnd() ?? ''
}

/**
 * A trimmed line's last word and what stands before it, '' if there is nothing; in linear time, which a pattern such as
 * `(.+?)\s+(\d+)$` does not take on a line of many spaces.
 */
export function splitLastWord(line: string): [before: string, last: string] {
  const last = line.split(/\s+/).at(-1)!
  return [line.slice(0, line.length - last.length).trimEnd(), last]
}

/** Whether a word is a whole number from 0, in digits. */
export const isWholeNumber = (word: string): boolean => /^\d+$/.test(word)
