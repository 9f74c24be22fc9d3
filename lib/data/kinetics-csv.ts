import { type CsvRow, parseCsv } from './csv.js'
import { firstLineOf } from './lines.js'

/** A Kinetics CSV: its columns by name and the rows after the header. */
export interface KineticsCsv {
  /** Position of a column; undefined where the file has none of that name. */
  column: (name: string) => number | undefined
  rows: CsvRow[]
}

/** Whether the first line of a text is the header of a Kinetics CSV. */
export function isKineticsCsv(text: string): boolean {
  return firstLineOf(text).toLowerCase().split(',').map(unquoted).includes('youtube_id')
}

/** Reads `label,youtube_id,time_start,time_end,split`, in any order, with or without more columns. @throws CsvError. */
export function parseKineticsCsv(text: string): KineticsCsv {
  const [header, ...rows] = parseCsv(text)
  const names = header?.record.map((name) => name.toLowerCase()) ?? []
  const column = (name: string) => (names.includes(name) ? names.indexOf(name) : undefined)
  return { column, rows }
}

const unquoted = (field: string): string => field.trim().replace(/^"(.*)"$/, '$1')
