import { appendFile, readFile } from 'node:fs/promises'
import { replaceFile } from '../formats/replace-file.js'
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

  /**
   * Drops lines beyond a checkpoint, of a run that went on after it, or all for a new run: later steps, and validations
   * that are going to be done again. Whenever it is killed, no other line is lost.
   * @param validated epochs whose validation is done
   */
  async rewind(step: number, validated = Number.POSITIVE_INFINITY): Promise<void> {
    const isKept = (text: string): boolean => {
      try {
        const line = JSON.parse(text) as MetricsLine
        return line.step <= step && (line.validation === undefined || (line.epoch as number) < validated)
      } catch {
        return false
      }
    }
    const text = await readFile(this.file, 'utf8').catch(() => '')
    const lines = step === 0 ? [] : text.split('\n').filter(isKept)
    const kept = lines.map((line) => `${line}\n`).join('')
    if (kept !== text) await this.orFileError(replaceFile(this.file, (file) => file.writeFile(kept)))
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
