import { readAll, readHeader, type TensorToWrite, writeSafetensors } from '../formats/safetensors.js'
import type { ViClipModel } from '../models/viclip/model.js'
import type { ParameterStore } from '../nn/parameters.js'
import { MstaError } from '../runtime/errors.js'
import { sameShape } from '../tensor/shape.js'
import type { Adapter } from './adapter.js'

/** Version of the metadata below; a file of a newer one is refused. */
const FORMAT_VERSION = 1

/** An adapter file's tensors. */
export interface AdapterTensors {
  /** Copies them into the parameters of the same names, all or none. @throws MstaError ERR_CHECKPOINT when names or shapes differ */
  fill(parameters: ParameterStore): void
}

/** Writes an adapter as one safetensors file that describes itself in its metadata, atomically. */
export async function writeAdapterFile(path: string, adapter: Adapter): Promise<void> {
  const tensors = new Map<string, TensorToWrite>()
  for (const [name, { shape, data }] of await adapter.parameters.values())
    tensors.set(name, { dtype: 'F32', shape: [...shape], data })
  await writeSafetensors(path, tensors, {
    format: 'msta-native adapter',
    version: String(FORMAT_VERSION),
    method: adapter.method,
    settings: JSON.stringify(adapter.settings()),
    model: JSON.stringify(adapter.model.config),
  })
}

const refusal = (path: string, reason: string) =>
  new MstaError('ERR_CHECKPOINT', `${path}: ${reason}`, { file: path })

async function readMetadata(path: string): Promise<Record<string, string>> {
  const { metadata } = await readHeader(path)
  if (metadata.format !== 'msta-native adapter' || !metadata.settings)
    throw refusal(path, 'not an adapter of msta-native')
  return metadata
}

/** The method that an adapter file is of. @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT for another file */
export async function methodOfFile(path: string): Promise<string> {
  return (await readMetadata(path)).method ?? ''
}

/**
 * Reads an adapter file for a model.
 *
 * @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT when it is of another method, version or model
 */
export async function readAdapterFile<Settings = Record<string, unknown>>(
  path: string,
  method: string,
  model: ViClipModel,
): Promise<{ settings: Settings; tensors: AdapterTensors }> {
  const metadata = await readMetadata(path)
  const refuse = (reason: string) => refusal(path, reason)
  if (Number(metadata.version) > FORMAT_VERSION)
    throw refuse(
      `written by a newer version (format ${metadata.version}, this one reads up to ${FORMAT_VERSION})`,
    )
  if (metadata.method !== method)
    throw refuse(`holds a ${metadata.method} adapter where ${method} is expected`)
  if (metadata.model !== JSON.stringify(model.config))
    throw refuse(`made for another model: ${metadata.model}, this one is ${JSON.stringify(model.config)}`)
  const { tensors: values } = await readAll(path)
  const fill = (parameters: ParameterStore) => {
    for (const [name, tensor] of parameters.entries()) {
      const value = values.get(name)
      if (!value) throw refuse(`tensor "${name}" is missing`)
      if (!sameShape(value.shape, tensor.shape))
        throw refuse(`tensor "${name}" is [${value.shape}] where [${tensor.shape}] is expected`)
    }
    for (const name of values.keys())
      if (!parameters.has(name)) throw refuse(`tensor "${name}" is unexpected`)
    for (const [name, tensor] of parameters.entries()) tensor.set(values.get(name)!.data as Float32Array)
  }
  try {
    return { settings: JSON.parse(metadata.settings!) as Settings, tensors: { fill } }
  } catch (cause) {
    throw new MstaError('ERR_FORMAT', `${path}: its settings are not JSON`, { file: path, cause })
  }
}
