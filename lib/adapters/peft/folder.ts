import path from 'node:path'
import { type ConvertOptions, type ConvertResult, writeCompositions } from '../../formats/convert.js'
import { makeFolder } from '../../formats/make-folder.js'
import { replaceFile } from '../../formats/replace-file.js'
import { readHeader } from '../../formats/safetensors.js'
import { MstaError } from '../../runtime/errors.js'
import { refusal, type StoredAdapter, type StoredTensor } from '../stored-adapter.js'
import { COMMON_KEYS, CONFIG_FILE, readPeftConfig } from './config.js'
import { fromPeftLora, toPeftLora } from './lora.js'

/** Name of the tensors' file in a folder. */
export const WEIGHTS_FILE = 'adapter_model.safetensors'
/** Metadata of ours: the sizes of the model that the adapter was made for. */
const MODEL = 'msta.model'

/** PEFT's word for each method that has one; MSTA and AdaptFormer it does not know. */
const TYPES: Record<string, string> = { lora: 'LORA', msta: 'MSTA', adaptformer: 'ADAPTFORMER' }
/**
 * Opens an adapter in the form of PEFT: a folder with `adapter_config.json` and `adapter_model.safetensors`.
 * @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT for an adapter of another type, or one that is not whole
 */
export async function openPeftFolder(folder: string): Promise<StoredAdapter> {
  const config = await readPeftConfig(path.join(folder, CONFIG_FILE))
  const { peft_type: type } = config.values
  const method = Object.keys(TYPES).find((key) => TYPES[key] === type)
  if (method === undefined)
    throw refusal(
      config.file,
      `peft_type is ${JSON.stringify(type)}; read are ${Object.values(TYPES).join(', ')}`,
    )
  const weights = path.join(folder, WEIGHTS_FILE)
  const header = await readHeader(weights)
  const tensors = new Map<string, StoredTensor>()
  for (const [name, entry] of header.tensors) tensors.set(name, { shape: entry.shape, parts: [entry] })
  const model = header.metadata[MODEL]
  if (method === 'lora') return { path: folder, method, model, ...fromPeftLora(config, weights, tensors) }
  const settings = Object.entries(config.values).filter(([key]) => !COMMON_KEYS.includes(key))
  return { path: folder, method, model, settings: Object.fromEntries(settings), tensors }
}

/**
 * Writes an adapter in the form of PEFT.
 * @param baseModel name of its model for those who load it: a repository of the hub, or a path
 * @throws MstaError ERR_ARGUMENT for full tuning, which is a model; ERR_FILE; the signal's reason
 */
export async function writePeftFolder(
  folder: string,
  adapter: StoredAdapter,
  baseModel: string | undefined,
  options: ConvertOptions,
): Promise<ConvertResult> {
  const { method, settings, model } = adapter
  if (!Object.hasOwn(TYPES, method)) {
    const message = `${adapter.path}: method ${method} has no form in PEFT; known: ${Object.keys(TYPES).join(', ')}`
    throw new MstaError('ERR_ARGUMENT', message, { file: adapter.path })
  }
  const { config, tensors } =
    method === 'lora'
      ? toPeftLora(adapter.path, settings, adapter.tensors)
      : { config: settings, tensors: adapter.tensors }
  const whole = {
    peft_type: TYPES[method],
    auto_mapping: null,
    base_model_name_or_path: baseModel ?? null,
    revision: null,
    task_type: null,
    inference_mode: true,
    ...config,
  }
  await makeFolder(folder)
  const metadata: Record<string, string> = model === undefined ? {} : { [MODEL]: model }
  const written = await writeCompositions(path.join(folder, WEIGHTS_FILE), tensors, metadata, options)
  const text = `${JSON.stringify(whole, null, 2)}\n`
  await replaceFile(path.join(folder, CONFIG_FILE), (handle) => handle.writeFile(text), options)
  return written
}
