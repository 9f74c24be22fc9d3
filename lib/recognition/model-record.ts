import { isJsonObject } from '../formats/json.js'
import type { ViClipConfig } from '../models/viclip/config.js'
import type { LoadedWith, ViCLIP } from './viclip.js'
import { weightsHash } from './weights-hash.js'

/** Which model a run is of, as its `config.json` tells. */
export interface ModelRecord {
  source: string
  config: ViClipConfig
  loadedWith: LoadedWith
  /** SHA-256 of its weights; null for random ones, and for files that are not there any more. */
  sha256: string | null
}

/** A file of weights is read through once for a model, however many runs it serves. */
const hashes = new WeakMap<ViCLIP, string | null>()

/** The record of a model. @throws the signal's reason */
export async function modelRecord(model: ViCLIP, signal?: AbortSignal): Promise<ModelRecord> {
  const { source, config, loadedWith } = model
  const known = hashes.get(model)
  const sha256 = known !== undefined ? known : await weightsHash(source, signal).catch(() => null)
  signal?.throwIfAborted()
  hashes.set(model, sha256)
  return { source, config, loadedWith, sha256 }
}

/**
 * In which way a model is another than the recorded one; undefined where it is the same, or too little is told.
 * @throws the signal's reason
 */
export async function differenceFrom(
  recorded: unknown,
  model: ViCLIP,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (!isJsonObject(recorded)) return undefined
  const { source, loadedWith, sha256 } = recorded
  const { seed } = isJsonObject(loadedWith) ? loadedWith : {}
  const isRandom = typeof source === 'string' && source.startsWith('random:')
  if (isRandom && source === model.source && typeof seed === 'number' && seed !== model.loadedWith.seed)
    return `it is of seed ${seed}, this one of seed ${model.loadedWith.seed}`
  if (isRandom && source !== model.source) return `it is ${source}, this one ${model.source}`
  if (typeof sha256 !== 'string') return undefined
  const own = (await modelRecord(model, signal)).sha256
  return own === sha256
    ? undefined
    : `its weights have the hash ${short(sha256)} (${source}), those of ${model.source} ${own === null ? 'none' : short(own)}`
}

const short = (hash: string): string => `${hash.slice(0, 12)}...`
