import path from 'node:path'
import { MstaError } from '../runtime/errors.js'
import { isJsonObject } from './json.js'
import { readJsonFile } from './json-file.js'
import { quoteName, type TensorEntry, type TensorFile } from './tensor-file.js'

const MOST_SHARDS = 10_000
const REMEDY =
  'The index is damaged or is no model.safetensors.index.json or pytorch_model.bin.index.json; download it again.'

function indexError(file: string, what: string): MstaError {
  return new MstaError('ERR_FORMAT', `${file}: ${what}. ${REMEDY}`, { file })
}

/** The names of tensors with the name of the file beside the index that holds each. */
async function readWeightMap(file: string, signal?: AbortSignal): Promise<[string, string][]> {
  const index = await readJsonFile(file, REMEDY, signal)
  const map = isJsonObject(index) && Object.hasOwn(index, 'weight_map') ? index.weight_map : undefined
  if (!isJsonObject(map)) throw indexError(file, 'has no weight_map')
  return Object.entries(map).map(([name, shard]) => {
    if (typeof shard === 'string' && /^[^/\\\0]+$/.test(shard) && shard !== '.' && shard !== '..') {
      return [name, shard]
    }
    throw indexError(file, `tensor ${quoteName(name)} is not in a file of the same folder`)
  })
}

/**
 * Opens files by the index that says which tensor is in which of them.
 * @param open opens one of them
 * @throws MstaError ERR_FILE, ERR_FORMAT; the signal's reason
 */
export async function openSharded(
  indexFile: string,
  open: (file: string, signal?: AbortSignal) => Promise<TensorFile>,
  signal?: AbortSignal,
): Promise<TensorFile> {
  const weights = await readWeightMap(indexFile, signal)
  const names = new Set(weights.map(([, shard]) => shard))
  if (names.size > MOST_SHARDS) throw indexError(indexFile, `names ${names.size} files`)
  const shards = new Map<string, TensorFile>()
  for (const name of names) {
    signal?.throwIfAborted()
    shards.set(name, await open(path.join(path.dirname(indexFile), name), signal))
  }
  const tensors = new Map<string, TensorEntry>()
  for (const [name, shard] of weights) {
    const entry = shards.get(shard)!.tensors.get(name)
    if (!entry) throw indexError(indexFile, `tensor ${quoteName(name)} is not in ${quoteName(shard)}`)
    tensors.set(name, entry)
  }
  const { metadata } = shards.values().next().value ?? { metadata: Object.create(null) }
  return { path: indexFile, metadata, tensors, stateDictPath: '' }
}
