import path from 'node:path'
import { MstaError } from '../runtime/errors.js'
import { readBytes, withFile } from './file-bytes.js'
import { findDuplicateKey, isJsonObject } from './json.js'
import { readHeader } from './safetensors-reader.js'
import { quoteName, type TensorEntry, type TensorFile } from './tensor-file.js'

const MOST_INDEX_BYTES = 1 << 20
const MOST_SHARDS = 10_000

function indexError(file: string, what: string, cause?: unknown): MstaError {
  const remedy = 'The index is damaged or is no model.safetensors.index.json; download it again.'
  return new MstaError('ERR_FORMAT', `${file}: ${what}. ${remedy}`, { file, cause })
}

async function readJson(file: string, signal?: AbortSignal): Promise<unknown> {
  const bytes = await withFile(
    file,
    async (handle, size) => {
      if (size > MOST_INDEX_BYTES) throw indexError(file, `has ${size} bytes, more than ${MOST_INDEX_BYTES}`)
      return readBytes(handle, 0, size, 'the index')
    },
    signal,
  )
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const value: unknown = JSON.parse(text)
    const duplicate = findDuplicateKey(text)
    if (duplicate !== undefined) throw new Error(`the key ${quoteName(duplicate)} occurs twice`)
    return value
  } catch (cause) {
    throw indexError(file, `is not valid JSON (${(cause as Error).message})`, cause)
  }
}

/** The names of tensors with the name of the file beside the index that holds each. */
async function readWeightMap(file: string, signal?: AbortSignal): Promise<[string, string][]> {
  const index = await readJson(file, signal)
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
 * Opens safetensors files by the index that says which tensor is in which of them.
 * @throws MstaError ERR_FILE, ERR_FORMAT; the signal's reason
 */
export async function openSharded(indexFile: string, signal?: AbortSignal): Promise<TensorFile> {
  const weights = await readWeightMap(indexFile, signal)
  const names = new Set(weights.map(([, shard]) => shard))
  if (names.size > MOST_SHARDS) throw indexError(indexFile, `names ${names.size} files`)
  const shards = new Map<string, TensorFile>()
  for (const name of names) {
    signal?.throwIfAborted()
    shards.set(name, await readHeader(path.join(path.dirname(indexFile), name)))
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
