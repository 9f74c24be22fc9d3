import { type ConvertOptions, type ConvertResult, writeCompositions } from '../formats/convert.js'
import { MstaError } from '../runtime/errors.js'
import { openAdapter } from './adapter-file.js'
import { writePeftFolder } from './peft/folder.js'
import { adapterMetadata, refusal } from './stored-adapter.js'

/** Options of {@link convertAdapter}. */
export interface ConvertAdapterOptions extends ConvertOptions {
  /** `'peft'`: a folder as PEFT has it. `'msta'`: one file, as training writes it. */
  to: 'peft' | 'msta'
  /** What a folder calls the adapter's model: a repository of the hub, or a path. */
  baseModel?: string | undefined
}

/**
 * Writes an adapter in another form, without its model.
 *
 * @param input an adapter's file, or a folder in the form of PEFT
 * @param output a folder for `'peft'`, a file for `'msta'`
 * @throws MstaError ERR_FILE, ERR_FORMAT, ERR_CHECKPOINT; ERR_ARGUMENT for full tuning, which PEFT has no form for; the
 *   signal's reason
 */
export async function convertAdapter(
  input: string,
  output: string,
  options: ConvertAdapterOptions,
): Promise<ConvertResult> {
  const { to, baseModel } = options
  if (to !== 'peft' && to !== 'msta')
    throw new MstaError(
      'ERR_ARGUMENT',
      `An adapter is converted to "peft" or "msta", not to ${JSON.stringify(to)}`,
    )
  const adapter = await openAdapter(input)
  if (to === 'peft') return writePeftFolder(output, adapter, baseModel, options)
  const { method, settings, model, tensors } = adapter
  if (model === undefined)
    throw refusal(
      input,
      'does not tell the sizes of its model, which an adapter file must. Load it with its model (loadAdapter) and save it',
    )
  return writeCompositions(output, tensors, adapterMetadata(method, settings, model), options)
}
