import { appendFile, readFile, writeFile } from 'node:fs/promises'

/** A line of metrics.jsonl: `step` counts the steps done when it was written. */
export interface MetricsLine {
  step: number
  [key: string]: unknown
}

/** `metrics.jsonl`: one JSON object a line, appended as they come. */
export class MetricsLog {
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
    await writeFile(this.file, kept.map((line) => `${line}\n`).join(''))
  }

  async append(line: MetricsLine): Promise<void> {
    await appendFile(this.file, `${JSON.stringify(line)}\n`)
  }
}
