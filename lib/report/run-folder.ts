import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { contentHash } from '../data/check/fingerprint.js'
import { isJsonObject } from '../formats/json.js'
import { differenceFrom } from '../recognition/model-record.js'
import type { ViCLIP } from '../recognition/viclip.js'
import { MstaError } from '../runtime/errors.js'
import { readResult, type SavedResult } from './results.js'

/** A step of a training, as `metrics.jsonl` has it; null for what was not finite or not told. */
export interface TrainingStep {
  step: number
  epoch: number
  loss: number
  crossEntropy: number | null
  consistency: number | null
  learningRate: number | null
  gradientNorm: number | null
  seconds: number | null
  secondsWaiting: number | null
}

/** Accuracies from 0 to 1 on the validation list after an epoch. */
export interface TrainingValidation {
  step: number
  epoch: number
  top1: number
  top5: number
  videos: number
  failed: number
}

/** What a run folder of `msta train` tells. */
export interface TrainingRecord {
  folder: string
  /** Recipe, model, lists and so on: what decided the run. */
  config: Record<string, unknown>
  steps: TrainingStep[]
  validations: TrainingValidation[]
  /** The last validation in full; null when there was none. */
  validation: SavedResult | null
  /** Steps left out because their loss or gradient was not finite. */
  skipped: { step: number; reason: string }[]
  /** Hash of the adapter's file; null when there is none (yet). */
  adapterSha256: string | null
}

type Metrics = Pick<TrainingRecord, 'steps' | 'validations' | 'skipped'>

/**
 * Reads a run folder of `msta train`, also of a run that goes on or was stopped.
 * @throws MstaError ERR_FILE, ERR_FORMAT naming file and line; the signal's reason
 */
export async function readRunFolder(folder: string, signal?: AbortSignal): Promise<TrainingRecord> {
  const config = await readConfig(path.join(folder, 'config.json'), signal)
  const adapter = path.join(folder, 'adapter.safetensors')
  const record = {
    folder,
    config,
    adapterSha256: await contentHash(adapter, signal),
    validation: await readValidation(path.join(folder, 'validation.json'), signal),
  }
  return { ...record, ...(await readMetrics(path.join(folder, 'metrics.jsonl'), signal)) }
}

/**
 * In which way a model is another than the one that a run is of; undefined where it is the same, or its `config.json`
 * does not tell.
 * @throws MstaError ERR_FILE, ERR_FORMAT; the signal's reason
 */
export async function differenceFromRun(
  folder: string,
  model: ViCLIP,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { model: recorded } = await readConfig(path.join(folder, 'config.json'), signal)
  return differenceFrom(recorded, model, signal)
}

const readValidation = (file: string, signal?: AbortSignal): Promise<SavedResult | null> =>
  readResult(file, signal).catch((error) => {
    if (error instanceof MstaError && error.code === 'ERR_FILE') return null
    throw error
  })

async function readConfig(file: string, signal?: AbortSignal): Promise<Record<string, unknown>> {
  const text = await readFile(file, { encoding: 'utf8', ...(signal && { signal }) }).catch((cause) => {
    signal?.throwIfAborted()
    throw new MstaError(
      'ERR_FILE',
      `${file}: cannot read the settings of the run (${cause.message}). Is this a run folder of msta train?`,
      { file, cause },
    )
  })
  const value = parse(text)
  if (isJsonObject(value)) return value
  throw new MstaError('ERR_FORMAT', `${file}: damaged, it is no JSON object`, { file })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function readMetrics(file: string, signal?: AbortSignal): Promise<Metrics> {
  const record: Metrics = {
    steps: [],
    validations: [],
    skipped: [],
  }
  const stream = createReadStream(file, { encoding: 'utf8', ...(signal && { signal }) })
  let damaged: number | undefined
  let number = 0
  try {
    for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++
      // A run that goes on may be in the middle of its last line; a damaged one before it is another matter.
      if (damaged !== undefined) throw damagedLine(file, damaged)
      const line = parse(text)
      if (!isJsonObject(line) || !addLine(record, line)) damaged = number
    }
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof MstaError) throw cause
    const message = `${file}: cannot read the metrics of the run (${(cause as Error).message})`
    throw new MstaError('ERR_FILE', message, { file, cause })
  }
  return record
}

const damagedLine = (file: string, line: number) =>
  new MstaError('ERR_FORMAT', `${file}, line ${line}: no metrics of msta train. Remove the damaged line.`, {
    file,
  })

/** Takes a line of the metrics in. @returns whether it was one */
function addLine(record: Metrics, line: Record<string, unknown>): boolean {
  const { step, validation, skipped } = line
  if (typeof step !== 'number') return false
  if (typeof skipped === 'string') record.skipped.push({ step, reason: skipped })
  else if (isJsonObject(validation)) {
    const { top1, top5, videos, failed } = validation
    if (![line.epoch, top1, top5, videos, failed].every(Number.isFinite)) return false
    record.validations.push({ ...validation, step, epoch: line.epoch } as TrainingValidation)
  } else {
    if (!Number.isFinite(line.loss) || !Number.isFinite(line.epoch)) return false
    const optional = (key: string) => (Number.isFinite(line[key]) ? (line[key] as number) : null)
    record.steps.push({
      step,
      epoch: line.epoch as number,
      loss: line.loss as number,
      crossEntropy: optional('crossEntropy'),
      consistency: optional('consistency'),
      learningRate: optional('learningRate'),
      gradientNorm: optional('gradientNorm'),
      seconds: optional('seconds'),
      secondsWaiting: optional('secondsWaiting'),
    })
  }
  return true
}
