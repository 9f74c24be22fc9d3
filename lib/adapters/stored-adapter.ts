import { isJsonObject } from '../formats/json.js'
import { readHeader, type TensorEntry } from '../formats/safetensors.js'
import { MstaError } from '../runtime/errors.js'

/** Version of the metadata below; a file of a newer one is refused. */
const FORMAT_VERSION = 1
const FORMAT = 'msta-native adapter'

/** A tensor of an adapter: the rows of one or several in a file. */
export interface StoredTensor {
  shape: readonly number[]
  parts: readonly TensorEntry[]
}

/** An adapter as it lies in a file or a folder; its numbers are not read yet. */
export interface StoredAdapter {
  path: string
  method: string
  /** As `Adapter.settings` gives them. */
  settings: Record<string, unknown>
  /** The sizes of its model as JSON; undefined where it does not tell. */
  model: string | undefined
  /** Under the names that the adapter itself has. */
  tensors: Map<string, StoredTensor>
}

/** An ERR_CHECKPOINT about a file. */
export const refusal = (path: string, reason: string): MstaError =>
  new MstaError('ERR_CHECKPOINT', `${path}: ${reason}`, { file: path })

/** The metadata by which an adapter's file describes itself. */
export function adapterMetadata(
  method: string,
  settings: Record<string, unknown>,
  model: string,
): Record<string, string> {
  const version = String(FORMAT_VERSION)
  return { format: FORMAT, version, method, settings: JSON.stringify(settings), model }
}

/** Opens an adapter's file. @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT for another file */
export async function openAdapterFile(path: string): Promise<StoredAdapter> {
  const { metadata, tensors } = await readHeader(path)
  if (metadata.format !== FORMAT || !metadata.settings || !metadata.model)
    throw refusal(path, 'not an adapter of msta-native (of an adapter in the form of PEFT, name the folder)')
  if (Number(metadata.version) > FORMAT_VERSION)
    throw refusal(
      path,
      `written by a newer version (format ${metadata.version}, this one reads up to ${FORMAT_VERSION})`,
    )
  const own = [...tensors].map(([name, entry]) => [name, { shape: entry.shape, parts: [entry] }] as const)
  const settings = parseSettings(path, metadata.settings)
  return { path, method: metadata.method ?? '', settings, model: metadata.model, tensors: new Map(own) }
}

function parseSettings(path: string, text: string): Record<string, unknown> {
  const fail = (what: string, cause?: unknown) =>
    new MstaError('ERR_FORMAT', `${path}: its settings are ${what}`, { file: path, cause })
  let settings: unknown
  try {
    settings = JSON.parse(text)
  } catch (cause) {
    throw fail('not JSON', cause)
  }
  if (!isJsonObject(settings)) throw fail('no JSON object')
  return settings
}
