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
