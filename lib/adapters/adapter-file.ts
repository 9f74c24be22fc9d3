import { stat } from 'node:fs/promises'
import { listProblems } from '../formats/problems.js'
import { readFloats, type TensorToWrite, writeSafetensors } from '../formats/safetensors.js'
import type { ViClipModel } from '../models/viclip/model.js'
import type { ParameterStore } from '../nn/parameters.js'
import { MstaError } from '../runtime/errors.js'
import { type Shape, sameShape } from '../tensor/shape.js'
import type { Adapter } from './adapter.js'
import { openPeftFolder } from './peft/folder.js'
import { adapterMetadata, openAdapterFile, refusal, type StoredAdapter } from './stored-adapter.js'

/** An adapter file's tensors. */
export interface AdapterTensors {
  /**
   * Copies them into the parameters of the same names, all or none.
   * @throws MstaError ERR_CHECKPOINT with the missing, unexpected and mis-shaped names
   */
  fill(parameters: ParameterStore): void
}

/** Writes an adapter as one safetensors file that describes itself in its metadata, atomically. */
export async function writeAdapterFile(path: string, adapter: Adapter): Promise<void> {
  const tensors = new Map<string, TensorToWrite>()
  for (const [name, { shape, data }] of await adapter.parameters.values())
    tensors.set(name, { dtype: 'F32', shape: [...shape], data })
  const model = JSON.stringify(adapter.model.config)
  await writeSafetensors(path, tensors, adapterMetadata(adapter.method, adapter.settings(), model))
}

/**
 * Opens an adapter: its file, or a folder in the form of PEFT.
 * @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT for another file
 */
export async function openAdapter(path: string): Promise<StoredAdapter> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false
  return isFolder ? openPeftFolder(path) : openAdapterFile(path)
}

/** The method that an adapter is of. @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT for another file */
export async function methodOfFile(path: string): Promise<string> {
  return (await openAdapter(path)).method
}

/**
 * Reads an adapter, as {@link openAdapter} opens it, for a model.
 *
 * @param resolve makes a configuration of the settings
 * @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT when it is of another method, version or model, or `resolve`
 *   throws
 */
export async function readAdapterFile<Settings, Config>(
  path: string,
  method: string,
  model: ViClipModel,
  resolve: (settings: Settings) => Config,
): Promise<{ config: Config; tensors: AdapterTensors }> {
  const stored = await openAdapter(path)
  const refuse = (reason: string) => refusal(path, reason)
  if (stored.method !== method) throw refuse(`holds a ${stored.method} adapter where ${method} is expected`)
  const own = JSON.stringify(model.config)
  if (stored.model !== undefined && stored.model !== own)
    throw refuse(`made for another model: ${stored.model}, this one is ${own}`)
  const config = resolveOrRefuse(path, () => resolve(stored.settings as Settings))
  const values = new Map<string, { shape: Shape; data: Float32Array }>()
  for (const [name, { shape, parts }] of stored.tensors) {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1))
    let at = 0
    for (const part of parts) {
      const piece = await readFloats(part, name)
      data.set(piece, at)
      at += piece.length
    }
    values.set(name, { shape, data })
  }
  const fill = (parameters: ParameterStore) => {
    const tensors = [...parameters.entries()]
    const problems = listProblems({
      missing: tensors.map(([name]) => name).filter((name) => !values.has(name)),
      unexpected: [...values.keys()].filter((name) => !parameters.has(name)),
      'mis-shaped': tensors.flatMap(([name, { shape }]) => {
        const found = values.get(name)?.shape
        return found && !sameShape(found, shape) ? [`${name} [${found}] instead of [${shape}]`] : []
      }),
    })
    if (problems) throw refuse(`does not fit its settings and this model; ${problems}`)
    for (const [name, tensor] of tensors) tensor.set(values.get(name)!.data)
  }
  return { config, tensors: { fill } }
}

/** Settings that no adapter of the model can have are the file's fault. */
function resolveOrRefuse<Config>(path: string, resolve: () => Config): Config {
  try {
    return resolve()
  } catch (cause) {
    const message = `${path}: its settings do not fit this model: ${(cause as Error).message}`
    throw new MstaError('ERR_CHECKPOINT', message, { file: path, cause })
  }
}
