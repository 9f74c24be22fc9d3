import { parse } from 'csv-parse/sync'

/** One record of a CSV file and the 1-based line on which it ends. */
export interface CsvRow {
  record: string[]
  line: number
}

/** What is wrong with a CSV text, and where. */
export class CsvError extends Error {
  constructor(
    message: string,
    readonly line: number,
    cause: unknown,
  ) {
    super(message, { cause })
  }
}

/** The records of an RFC 4180 text, LF or CRLF; fields are trimmed, empty lines left out. @throws CsvError. */
export function parseCsv(text: string): CsvRow[] {
  try {
    const options = { info: true, bom: true, relax_column_count: true, skip_empty_lines: true, trim: true }
    const rows = parse(text, options) as unknown as { record: string[]; info: { lines: number } }[]
    return rows.map(({ record, info }) => ({ record, line: info.lines }))
  } catch (error) {
    throw new CsvError((error as Error).message, (error as { lines?: number }).lines ?? 1, error)
  }
}
