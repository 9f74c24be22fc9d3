const BAR_WIDTH = 24
const ERASE_LINE = '\r\x1b[2K'

/**
 * Where a command's words go: results to stdout, as lines for people or, with `--json`, as one JSON value; all else to
 * stderr. A progress bar is drawn only when stderr is a terminal.
 */
export class Output {
  private bar = ''

  constructor(readonly json: boolean) {}

  /** A line of the result for people; nothing under `--json`. */
  line(text = ''): void {
    if (this.json) return
    this.erase()
    process.stdout.write(`${text}\n`)
    this.draw()
  }

  /** The result for programs; nothing without `--json`. To be called once, at the end. */
  result(value: unknown): void {
    if (!this.json) return
    this.erase()
    process.stdout.write(`${JSON.stringify(value)}\n`)
  }

  /** A remark on stderr. */
  log(text: string): void {
    this.erase()
    process.stderr.write(`${text}\n`)
    this.draw()
  }

  /** Something the user should know but need not act on. */
  warn(text: string): void {
    this.log(`warning: ${text}`)
  }

  /** Shows how far `what` is. */
  progress(what: string, done: number, total: number): void {
    if (!process.stderr.isTTY) return
    this.erase()
    const filled = total > 0 ? Math.round((BAR_WIDTH * Math.min(done, total)) / total) : 0
    this.bar =
      done < total ? `${what} [${'='.repeat(filled).padEnd(BAR_WIDTH)}] ${wholePercent(done, total)}` : ''
    this.draw()
  }

  /** Removes the progress bar; for when the work ends before it is full. */
  end(): void {
    this.erase()
    this.bar = ''
  }

  private draw(): void {
    if (this.bar !== '') process.stderr.write(this.bar)
  }

  private erase(): void {
    if (this.bar !== '') process.stderr.write(ERASE_LINE)
  }
}

/** A share of 1 in per cent. */
export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`

const wholePercent = (done: number, total: number): string => `${Math.floor((100 * done) / total)} %`

/** Rows as lines with aligned columns; columns of which every cell starts with a digit go to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length))
  const cells = (column: number) => rows.map((row) => row[column] ?? '')
  const shapes = Array.from({ length: columns }, (_, column) => ({
    width: Math.max(...cells(column).map((cell) => cell.length)),
    isNumeric: cells(column).every((cell) => cell === '' || /^[\d-]/.test(cell)),
  }))
  return rows.map((row) =>
    shapes
      .map(({ width, isNumeric }, i) =>
        isNumeric ? (row[i] ?? '').padStart(width) : (row[i] ?? '').padEnd(width),
      )
      .join('  ')
      .trimEnd(),
  )
}
