import { readFile } from 'node:fs/promises'
import { isJsonObject } from '../formats/json.js'
import { MstaError } from '../runtime/errors.js'

/** The files of weights that an index names. @throws MstaError ERR_FORMAT, ERR_FILE */
export async function readShards(file: string): Promise<string[]> {
  let index: unknown
  try {
    index = JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new MstaError('ERR_FORMAT', `${file}: not an index of weights (${(cause as Error).message})`, {
      file,
      cause,
    })
  }
  const map = isJsonObject(index) ? index.weight_map : undefined
  const names = isJsonObject(map) ? [...new Set(Object.values(map))] : []
  if (names.length > 0 && names.every((name) => typeof name === 'string')) return names as string[]
  throw new MstaError('ERR_FORMAT', `${file}: not an index of weights: it lacks a weight_map`, { file })
}
