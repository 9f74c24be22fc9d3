import { copyFile, link, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Adapter } from '../adapters/adapter.js'
import { makeFolder } from '../formats/make-folder.js'
import { removeLeftovers } from '../formats/replace-file.js'
import {
  type LoadedTensor,
  readAll,
  readHeader,
  type TensorToWrite,
  writeSafetensors,
} from '../formats/safetensors.js'
import { MstaError } from '../runtime/errors.js'
import { hashTensors } from './checkpoint-hash.js'
import type { AdamW } from './optimizer.js'

const FORMAT_VERSION = 1
const FORMAT = 'msta-native checkpoint'

/** Where a run stands, besides its tensors. */
export interface RunPosition {
  /** Steps done. */
  step: number
  /** Epochs whose validation is done. */
  validated: number
  /** Best validation accuracy so far, 0 to 1. */
  best: number | null
  /** Epochs that were done when it was reached. */
  bestAt?: number
}

/** The newest checkpoint of a run folder; earlier ones lie beside it as `step-N.safetensors`. */
export const checkpointPath = (out: string): string => path.join(out, 'checkpoint', 'last.safetensors')

const EARLIER = /^step-(\d+)\.safetensors$/

/** Earlier checkpoints in the folder of `last`, the newest first. */
async function earlierCheckpoints(last: string): Promise<{ file: string; step: number }[]> {
  const folder = path.dirname(last)
  const names = await readdir(folder).catch(() => [])
  const found = names.flatMap((name) => {
    const step = EARLIER.exec(name)?.[1]
    return step === undefined ? [] : [{ file: path.join(folder, name), step: Number(step) }]
  })
  return found.sort((a, b) => b.step - a.step)
}

/**
 * Writes adapter, optimizer and position as one file, atomically: whatever happens, `file` is the old one or the whole
 * new one. The old one stays beside it.
 *
 * @param identity what must be equal to continue; see {@link restoreCheckpoint}
 * @param keep how many checkpoints are kept, the new one counted
 * @throws MstaError ERR_FILE
 */
export async function saveCheckpoint(
  file: string,
  adapter: Adapter,
  optimizer: AdamW,
  position: RunPosition,
  identity: Record<string, unknown>,
  keep: number,
): Promise<void> {
  const tensors = new Map<string, { dtype: 'F32'; shape: readonly number[]; data: Float32Array }>()
  const add = (name: string, { shape, data }: { shape: readonly number[]; data: Float32Array }) =>
    tensors.set(name, { dtype: 'F32', shape, data })
  for (const [name, value] of await adapter.parameters.values()) add(`parameter.${name}`, value)
  for (const [name, value] of (await optimizer.state()).moments) add(`moment.${name}`, value)
  const own = {
    position: JSON.stringify({ ...position, optimizerSteps: optimizer.steps }),
    identity: JSON.stringify(identity),
  }
  await makeFolder(path.dirname(file))
  await keepEarlier(file, position.step, keep)
  await writeSafetensors(file, tensors satisfies Map<string, TensorToWrite>, {
    format: FORMAT,
    version: String(FORMAT_VERSION),
    ...own,
    sha256: await hashTensors(tensors, own.position + own.identity),
  })
}

/** Gives the newest checkpoint a second name before another takes its place, and removes those that are too many. */
async function keepEarlier(last: string, step: number, keep: number): Promise<void> {
  const own = await stepOf(last)
  // Of the same step or a later one: left from another run in this folder, or the same again.
  if (keep > 1 && own !== undefined && own < step) {
    const earlier = path.join(path.dirname(last), `step-${own}.safetensors`)
    await rm(earlier, { force: true })
    await link(last, earlier).catch(() => copyFile(last, earlier))
  }
  const others = await earlierCheckpoints(last)
  const stale = others.filter((other) => other.step >= step)
  const kept = others.filter((other) => other.step < step).slice(0, keep - 1)
  for (const other of others)
    if (stale.includes(other) || !kept.includes(other)) await rm(other.file, { force: true })
}

async function stepOf(file: string): Promise<number | undefined> {
  try {
    const { metadata } = await readHeader(file)
    return metadata.format === FORMAT ? (JSON.parse(metadata.position!) as RunPosition).step : undefined
  } catch {
    return undefined
  }
}

/**
 * Puts the values of the newest checkpoint that is whole into adapter and optimizer.
 *
 * @param last see {@link checkpointPath}
 * @param onNote told of damaged checkpoints that were passed over
 * @throws MstaError ERR_FILE when there is none; ERR_FORMAT when all are damaged; ERR_CHECKPOINT when it is of another
 *   run (naming what differs) or of a newer version
 */
export async function restoreCheckpoint(
  last: string,
  adapter: Adapter,
  optimizer: AdamW,
  identity: Record<string, unknown>,
  onNote: (note: string) => void = () => {},
): Promise<RunPosition> {
  await removeLeftovers(path.dirname(last))
  const files = [last, ...(await earlierCheckpoints(last)).map(({ file }) => file)]
  let first: unknown
  for (const file of files) {
    try {
      const { metadata, tensors } = await readCheckpoint(file, identity)
      return await putBack(adapter, optimizer, metadata.position!, tensors)
    } catch (error) {
      if (!(error instanceof MstaError) || !['ERR_FORMAT', 'ERR_FILE'].includes(error.code)) throw error
      // Of a file that is not there nobody needs to know when there is another; of all others the first error counts.
      if (error.code === 'ERR_FORMAT') onNote(`${error.message} An earlier checkpoint is looked for.`)
      if (!first || (first as MstaError).code === 'ERR_FILE') first = error
    }
  }
  throw first
}

async function readCheckpoint(
  file: string,
  identity: Record<string, unknown>,
): Promise<{ metadata: Record<string, string>; tensors: Map<string, LoadedTensor> }> {
  const { metadata } = await readHeader(file)
  const refuse = (why: string) => new MstaError('ERR_CHECKPOINT', `${file}: ${why}`, { file })
  if (metadata.format !== FORMAT) throw refuse('not a checkpoint of msta-native')
  if (Number(metadata.version) > FORMAT_VERSION)
    throw refuse(`written by a newer version (format ${metadata.version})`)
  const { tensors } = await readAll(file)
  const own = `${metadata.position}${metadata.identity}`
  // The hash is of bytes, whatever they are taken for.
  const isFloats = [...tensors.values()].every(({ data }) => data instanceof Float32Array)
  if (!isFloats || (await hashTensors(tensors, own)) !== metadata.sha256)
    throw new MstaError('ERR_FORMAT', `${file}: damaged: its contents do not have its hash.`, { file })
  const stored = JSON.parse(metadata.identity!)
  const changed = Object.keys(identity).filter(
    (key) => JSON.stringify(stored[key]) !== JSON.stringify(identity[key]),
  )
  if (changed.length > 0)
    throw refuse(
      `cannot be continued with another ${changed.join(', ')}; take the run's own, or another --out`,
    )
  return { metadata, tensors }
}

async function putBack(
  adapter: Adapter,
  optimizer: AdamW,
  stored: string,
  tensors: ReadonlyMap<string, LoadedTensor>,
): Promise<RunPosition> {
  const under = (prefix: string) =>
    new Map(
      [...tensors]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, { data }]) => [name.slice(prefix.length), data]),
    )
  adapter.parameters.assign(under('parameter.'))
  if (adapter.tunesModel) await adapter.model.parametersChanged()
  const { optimizerSteps, ...position } = JSON.parse(stored)
  const moments = new Map([...under('moment.')].map(([name, data]) => [name, { data }]))
  optimizer.restore({ step: optimizerSteps, moments })
  return position
}
