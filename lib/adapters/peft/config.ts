import { isJsonObject } from '../../formats/json.js'
import { readJsonFile } from '../../formats/json-file.js'
import { refusal } from '../stored-adapter.js'

/** Name of the configuration in a folder. */
export const CONFIG_FILE = 'adapter_config.json'

/** Keys that every configuration of PEFT has, or may have. */
export const COMMON_KEYS: readonly string[] = [
  'auto_mapping',
  'base_model_name_or_path',
  'inference_mode',
  'peft_type',
  'peft_version',
  'revision',
  'task_type',
]

/** What an `adapter_config.json` holds. */
export interface PeftConfig {
  file: string
  values: Record<string, unknown>
}

/** Reads a configuration. @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT for JSON of another kind */
export async function readPeftConfig(file: string, signal?: AbortSignal): Promise<PeftConfig> {
  const values = await readJsonFile(file, `It is no ${CONFIG_FILE} of PEFT; write it again.`, signal)
  if (!isJsonObject(values)) throw refusal(file, 'is not a JSON object')
  return { file, values }
}

/** A value that must be a number. @throws MstaError ERR_CHECKPOINT */
export function requireNumber({ file, values }: PeftConfig, key: string): number {
  const value = values[key]
  if (typeof value === 'number') return value
  throw refusal(file, `${key} must be a number, got ${JSON.stringify(value)}`)
}
