import { createHash } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { convertWeights } from '../../lib/formats/convert.js'
import type { PretrainSettings, PretrainStep } from './pretrain.js'
import type { ZeroShot } from './zero-shot.js'

/** What is kept of a pre-training beside its weights. */
export interface PretrainRecord {
  settings: PretrainSettings
  /** Steps done; fewer than the settings' if it was stopped before its end. */
  steps: number
  /** Of all steps together. */
  seconds: number
  weights: { parameters: number; bytes: number; sha256: string }
  zeroShot: { seed: number; results: ZeroShot[] }
  /** Loss of the first steps, to compare with. */
  firstLosses: number[]
  /** Mean loss of every {@link STEPS_A_LINE} steps. */
  losses: number[]
}

/** Steps that an entry of the record's losses is the mean of. */
export const STEPS_A_LINE = 50
const FIRST_STEPS = 3

/** Writes a model in float16, and gives what there is to know of the file. */
export async function writeWeights(model: string, target: string): Promise<PretrainRecord['weights']> {
  const { parameters } = await convertWeights(model, target, { dtype: 'float16' })
  return { parameters, ...(await describeFile(target)) }
}

/** Size and SHA-256 of a file. */
export async function describeFile(file: string): Promise<{ bytes: number; sha256: string }> {
  const { size } = await stat(file)
  return {
    bytes: size,
    sha256: createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
  }
}

/** The record of the run in a folder. */
export async function writeRecord(
  file: string,
  out: string,
  rest: Pick<PretrainRecord, 'settings' | 'weights' | 'zeroShot'>,
): Promise<PretrainRecord> {
  const text = await readFile(path.join(out, 'metrics.jsonl'), 'utf8')
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as PretrainStep)
  const losses: number[] = []
  for (let i = 0; i < lines.length; i += STEPS_A_LINE) {
    const part = lines.slice(i, i + STEPS_A_LINE)
    losses.push(Number((part.reduce((sum, { loss }) => sum + loss, 0) / part.length).toFixed(4)))
  }
  const record: PretrainRecord = {
    settings: rest.settings,
    steps: lines.length,
    seconds: Math.round(lines.reduce((sum, { seconds }) => sum + seconds, 0)),
    weights: rest.weights,
    zeroShot: rest.zeroShot,
    firstLosses: lines.slice(0, FIRST_STEPS).map(({ loss }) => loss),
    losses,
  }
  await writeFile(file, `${JSON.stringify(record, null, 2)}\n`)
  return record
}
