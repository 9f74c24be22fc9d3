import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Adapter } from '../adapters/adapter.js'
import { readAll, readHeader, type TensorToWrite, writeSafetensors } from '../formats/safetensors.js'
import { MstaError } from '../runtime/errors.js'
import type { AdamW } from './optimizer.js'

const FORMAT_VERSION = 1

/** Where a run stands, besides its tensors. */
export interface RunPosition {
  /** Steps done. */
  step: number
  /** Epochs whose validation is done. */
  validated: number
  /** Best validation accuracy so far, 0 to 1. */
  best: number | null
}

/** The checkpoint file of a run folder. */
export const checkpointPath = (out: string): string => path.join(out, 'checkpoint', 'last.safetensors')

/**
 * Writes adapter, optimizer and position as one file, atomically: a reader finds the old one or the new one.
 *
 * @param identity what must be equal to continue; see {@link restoreCheckpoint}
 * @throws MstaError ERR_FILE
 */
export async function saveCheckpoint(
  file: string,
  adapter: Adapter,
  optimizer: AdamW,
  position: RunPosition,
  identity: Record<string, unknown>,
): Promise<void> {
  const tensors = new Map<string, TensorToWrite>()
  const add = (name: string, { shape, data }: { shape: readonly number[]; data: Float32Array }) =>
    tensors.set(name, { dtype: 'F32', shape, data })
  for (const [name, value] of await adapter.parameters.values()) add(`parameter.${name}`, value)
  for (const [name, value] of (await optimizer.state()).moments) add(`moment.${name}`, value)
  await mkdir(path.dirname(file), { recursive: true })
  await writeSafetensors(file, tensors, {
    format: 'msta-native checkpoint',
    version: String(FORMAT_VERSION),
    position: JSON.stringify({ ...position, optimizerSteps: optimizer.steps }),
    identity: JSON.stringify(identity),
  })
}

/**
 * Puts a checkpoint's values into adapter and optimizer.
 *
 * @throws MstaError ERR_FILE when there is none; ERR_FORMAT; ERR_CHECKPOINT when it is of another run (naming what
 *   differs) or of a newer version
 */
export async function restoreCheckpoint(
  file: string,
  adapter: Adapter,
  optimizer: AdamW,
  identity: Record<string, unknown>,
): Promise<RunPosition> {
  const { metadata } = await readHeader(file)
  const refuse = (why: string) => new MstaError('ERR_CHECKPOINT', `${file}: ${why}`, { file })
  if (metadata.format !== 'msta-native checkpoint') throw refuse('not a checkpoint of msta-native')
  if (Number(metadata.version) > FORMAT_VERSION)
    throw refuse(`written by a newer version (format ${metadata.version})`)
  const stored = JSON.parse(metadata.identity ?? '{}')
  const changed = Object.keys(identity).filter(
    (key) => JSON.stringify(stored[key]) !== JSON.stringify(identity[key]),
  )
  if (changed.length > 0)
    throw refuse(
      `cannot be continued with another ${changed.join(', ')}; take the run's own, or another --out`,
    )
  const { tensors } = await readAll(file)
  const under = (prefix: string) =>
    new Map(
      [...tensors]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, { data }]) => [name.slice(prefix.length), data]),
    )
  adapter.parameters.assign(under('parameter.'))
  if (adapter.tunesModel) adapter.model.forgetPacked()
  const { optimizerSteps, ...position } = JSON.parse(metadata.position ?? '{}')
  const moments = new Map([...under('moment.')].map(([name, data]) => [name, { data }]))
  optimizer.restore({ step: optimizerSteps, moments })
  return position
}
