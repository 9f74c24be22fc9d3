import { appendFile, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { eventFileStart, scalarRecord } from '../formats/event-record.js'
import { MstaError } from '../runtime/errors.js'
import type { MetricsLine } from './metrics-log.js'

/** What TensorBoard takes for an event file. */
const EVENT_FILE = /^events\.out\.tfevents\./
const GROUPS: Record<string, string> = {
  loss: 'loss',
  crossEntropy: 'loss',
  consistency: 'loss',
  learningRate: 'optimizer',
  gradientNorm: 'optimizer',
  seconds: 'time',
  secondsWaiting: 'time',
  peakMemoryMb: 'memory',
}

/** The metrics of a run as TensorBoard reads them; a continued run adds a file. */
export class EventLog {
  private file = ''

  constructor(private readonly folder: string) {}

  /** Begins a file for what follows `step`; a new run (step 0) removes those of the one before. */
  async start(step: number): Promise<void> {
    const names = await readdir(this.folder).catch(() => [])
    const existing = names.filter((name) => EVENT_FILE.test(name)).sort()
    if (step === 0) for (const name of existing) await rm(path.join(this.folder, name), { force: true })
    const seconds = Date.now() / 1000
    // TensorBoard reads files in the order of their names.
    const last = Number(existing.at(-1)?.split('.')[3] ?? 0)
    const number = Math.max(Math.floor(seconds), last + 1)
    this.file = path.join(this.folder, `events.out.tfevents.${number}.msta`)
    await this.orFileError(writeFile(this.file, eventFileStart(seconds, step === 0 ? 0 : step + 1)))
  }

  async append(line: MetricsLine): Promise<void> {
    const scalars = scalarsOf(line)
    if (Object.keys(scalars).length === 0) return
    const record = scalarRecord({ time: Date.now() / 1000, step: line.step, scalars })
    await this.orFileError(appendFile(this.file, record))
  }

  private async orFileError(work: Promise<void>): Promise<void> {
    const { file } = this
    await work.catch((cause) => {
      const remedy = "Check the free space and the folder's permissions; the last checkpoint is kept."
      const message = `${file}: cannot write the events for TensorBoard (${cause.message}). ${remedy}`
      throw new MstaError('ERR_FILE', message, { file, cause })
    })
  }
}

function scalarsOf({ validation, ...line }: MetricsLine): Record<string, number> {
  const scalars = Object.entries(GROUPS).map(([key, group]) => [`${group}/${key}`, line[key]])
  const accuracies = Object.entries((validation ?? {}) as Record<string, unknown>)
    .filter(([key]) => key.startsWith('top'))
    .map(([key, value]) => [`validation/${key}`, value])
  return Object.fromEntries([...scalars, ...accuracies].filter(([, value]) => typeof value === 'number'))
}
