import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { MstaError } from '../runtime/errors.js'

/** A line of metrics.jsonl: `step` counts the steps done when it was written. */
export interface MetricsLine {
  step: number
  [key: string]: unknown
}

/** `metrics.jsonl`: one JSON object a line, appended as they come. */
export class MetricsLog {
  /** Whether every line was written. */
  isWhole = true

  constructor(private readonly file: string) {}

  /** Drops lines beyond `step` (of a run that went on after its last checkpoint), or all for a new run. */
  async rewind(step: number): Promise<void> {
    const text = step === 0 ? '' : await readFile(this.file, 'utf8').catch(() => '')
    const kept = text.split('\n').filter((line) => {
      try {
        return (JSON.parse(line) as MetricsLine).step <= step
      } catch {
        return false
      }
    })
    await this.orFileError(writeFile(this.file, kept.map((line) => `${line}\n`).join('')))
  }

  async append(line: MetricsLine): Promise<void> {
    await this.orFileError(appendFile(this.file, `${JSON.stringify(line)}\n`))
  }

  private async orFileError(work: Promise<void>): Promise<void> {
    const { file } = this
    await work.catch((cause) => {
      this.isWhole = false
      throw new MstaError(
        'ERR_FILE',
        `${file}: cannot write the metrics (${cause.message}). Check the free space and the folder's permissions; ` +
          'the last checkpoint is kept.',
        { file, cause },
      )
    })
  }
}
