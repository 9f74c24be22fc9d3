import { stat } from 'node:fs/promises'
import path from 'node:path'
import { isJsonObject } from '../formats/json.js'
import { readJsonFile } from '../formats/json-file.js'
import type { LoadedWith } from '../recognition/viclip.js'
import { MstaError } from '../runtime/errors.js'

/** What a run of `train` was made with, as far as it is needed to use its adapter. */
export interface RunSettings {
  /** The run folder. */
  folder: string
  /** The adapter's file. */
  adapter: string
  /** The model, as `ViCLIP.load` takes it. */
  model: string
  /** Options that the model was loaded with. */
  loadedWith: LoadedWith
  /** Names of the classes; the id is the index. */
  labels: string[]
  /** Prompt with `{}` for the class name. */
  template: string
}

const REMEDY = 'Is this a run folder of msta train?'

/**
 * What the run was made with whose folder, or whose adapter in its folder, is given; undefined for an adapter that
 * lies in no run folder.
 * @throws MstaError ERR_FILE, ERR_FORMAT for settings that cannot be read
 */
export async function readRunSettings(adapter: string): Promise<RunSettings | undefined> {
  const isFolder = (await stat(adapter).catch(() => undefined))?.isDirectory() ?? false
  const folder = isFolder ? adapter : path.dirname(adapter)
  const file = path.join(folder, 'config.json')
  const isThere = (await stat(file).catch(() => undefined))?.isFile() ?? false
  if (!isThere) return undefined
  const config = await readJsonFile(file, REMEDY)
  // Another program's, such as of a model in the form of Hugging Face.
  if (!isJsonObject(config) || !isJsonObject(config.recipe) || !isJsonObject(config.model)) return undefined
  const { labels, model, recipe } = config
  const loadedWith = isJsonObject(model.loadedWith) ? model.loadedWith : {}
  const isSound =
    Array.isArray(labels) &&
    labels.length > 0 &&
    labels.every((label) => typeof label === 'string') &&
    typeof model.source === 'string' &&
    typeof recipe.template === 'string'
  if (!isSound)
    throw new MstaError('ERR_FORMAT', `${file}: lacks the labels, the model or the prompt. ${REMEDY}`, {
      file,
    })
  return {
    folder,
    adapter: isFolder ? path.join(folder, 'adapter.safetensors') : adapter,
    model: model.source as string,
    loadedWith: loadedWith as LoadedWith,
    labels,
    template: recipe.template as string,
  }
}
