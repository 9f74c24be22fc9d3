import { access, stat } from 'node:fs/promises'
import path from 'node:path'
import { listProblems } from '../formats/problems.js'
import { readFloats, type TensorToWrite, writeSafetensors } from '../formats/safetensors.js'
import type { ViClipModel } from '../models/viclip/model.js'
import { MstaError } from '../runtime/errors.js'
import { type Shape, sameShape, sizeOf } from '../tensor/shape.js'
import type { Adapter } from './adapter.js'
import { CONFIG_FILE } from './peft/config.js'
import { openPeftFolder, WEIGHTS_FILE } from './peft/folder.js'
import {
  adapterMetadata,
  openAdapterFile,
  refusal,
  type StoredAdapter,
  type StoredTensor,
} from './stored-adapter.js'

/** Writes an adapter as one safetensors file that describes itself in its metadata, atomically. */
export async function writeAdapterFile(file: string, adapter: Adapter): Promise<void> {
  const tensors = new Map<string, TensorToWrite>()
  for (const [name, { shape, data }] of await adapter.parameters.values())
    tensors.set(name, { dtype: 'F32', shape: [...shape], data })
  const model = JSON.stringify(adapter.model.config)
  await writeSafetensors(file, tensors, adapterMetadata(adapter.method, adapter.settings(), model))
}

/** What training leaves in its run folder. */
const OF_RUN = 'adapter.safetensors'

/**
 * Opens an adapter: its file, a folder in the form of PEFT, or the run folder of a training, whose last adapter it is.
 * @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT for another file
 */
export async function openAdapter(source: string): Promise<StoredAdapter> {
  if (!(await stat(source).catch(() => undefined))?.isDirectory()) return openAdapterFile(source)
  const inFolder = (name: string) => path.join(source, name)
  for (const name of [CONFIG_FILE, WEIGHTS_FILE])
    if (await exists(inFolder(name))) return openPeftFolder(source)
  if (await exists(inFolder(OF_RUN))) return openAdapterFile(inFolder(OF_RUN))
  throw refusal(
    source,
    `the folder holds no adapter: neither ${CONFIG_FILE}, as one in the form of PEFT, nor ${OF_RUN}, as a training run`,
  )
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

/** The method that an adapter is of. @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT for another file */
export async function methodOfFile(source: string): Promise<string> {
  return (await openAdapter(source)).method
}

/** How a method makes an adapter of what a file tells. */
export interface ReadAdapter<Settings, Config> {
  method: string
  /** Makes a configuration of the settings. @throws MstaError for settings that no adapter of the model can have */
  resolve: (settings: Settings) => Config
  /** The names and shapes of its parameters. */
  shapesOf: (config: Config) => ReadonlyMap<string, Shape>
}

/**
 * Reads an adapter, as {@link openAdapter} opens it, for a model. Its tensors are compared with what its settings ask
 * for before memory is taken for either: what is read, and what the caller allocates, is what lies in the file.
 *
 * @returns the configuration, and the values of all its parameters by name
 * @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT when it is of another method, version or model, for settings
 *   that do not fit, and with the names that are missing, unexpected and mis-shaped
 */
export async function readAdapterFile<Settings, Config>(
  source: string,
  model: ViClipModel,
  { method, resolve, shapesOf }: ReadAdapter<Settings, Config>,
): Promise<{ config: Config; values: Map<string, Float32Array> }> {
  const stored = await openAdapter(source)
  const refuse = (reason: string) => refusal(stored.path, reason)
  if (stored.method !== method) throw refuse(`holds a ${stored.method} adapter where ${method} is expected`)
  const own = JSON.stringify(model.config)
  if (stored.model !== undefined && stored.model !== own)
    throw refuse(`made for another model: ${stored.model}, this one is ${own}`)
  const config = resolveOrRefuse(stored.path, () => resolve(stored.settings as Settings))
  const problems = compareShapes(shapesOf(config), stored.tensors)
  if (problems) throw refuse(`does not fit its settings and this model; ${problems}`)
  const values = new Map<string, Float32Array>()
  for (const [name, tensor] of stored.tensors) values.set(name, await readParts(name, tensor))
  return { config, values }
}

function compareShapes(expected: ReadonlyMap<string, Shape>, stored: StoredAdapter['tensors']): string {
  return listProblems({
    missing: [...expected.keys()].filter((name) => !stored.has(name)),
    unexpected: [...stored.keys()].filter((name) => !expected.has(name)),
    'mis-shaped': [...expected].flatMap(([name, shape]) => {
      const found = stored.get(name)?.shape
      return found && !sameShape(found, shape) ? [`${name} [${found}] instead of [${shape}]`] : []
    }),
  })
}

async function readParts(name: string, { shape, parts }: StoredTensor): Promise<Float32Array> {
  const values = new Float32Array(sizeOf(shape))
  let at = 0
  for (const part of parts) {
    const piece = await readFloats(part, name)
    values.set(piece, at)
    at += piece.length
  }
  return values
}

/** Settings that no adapter of the model can have are the file's fault. */
function resolveOrRefuse<Config>(file: string, resolve: () => Config): Config {
  try {
    return resolve()
  } catch (cause) {
    const message = `${file}: its settings do not fit this model: ${(cause as Error).message}`
    throw new MstaError('ERR_CHECKPOINT', message, { file, cause })
  }
}
