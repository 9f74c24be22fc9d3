import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { isJsonObject } from '../../formats/json.js'
import { MstaError } from '../../runtime/errors.js'
import type { Heads } from '../viclip/infer-config.js'

/** The activation of OpenAI's models and of Hugging Face's CLIP unless it says otherwise; the only one computed here. */
const ACTIVATION = 'quick_gelu'

/**
 * What the `config.json` beside a checkpoint of Hugging Face tells that no tensor does: the heads of both encoders.
 * Nothing where there is none.
 *
 * @throws MstaError ERR_FORMAT for a file that is not JSON; ERR_CHECKPOINT for a model with another activation
 */
export async function readHubConfig(checkpoint: string): Promise<Heads> {
  const file = path.join(path.dirname(checkpoint), 'config.json')
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch {
    return {}
  }
  let config: unknown
  try {
    config = JSON.parse(text)
  } catch (cause) {
    throw new MstaError('ERR_FORMAT', `${file}: not JSON (${(cause as Error).message}); download it again`, {
      file,
      cause,
    })
  }
  const headsOf = (encoder: string): number | undefined => {
    const own = isJsonObject(config) ? config[encoder] : undefined
    if (!isJsonObject(own)) return undefined
    const { hidden_act: activation = ACTIVATION, num_attention_heads: heads } = own
    if (activation !== ACTIVATION)
      throw new MstaError(
        'ERR_CHECKPOINT',
        `${file}: the model of ${encoder} computes with ${JSON.stringify(activation)}; only "${ACTIVATION}" is ` +
          "supported, as in OpenAI's models",
        { file },
      )
    return typeof heads === 'number' ? heads : undefined
  }
  const [videoHeads, textHeads] = [headsOf('vision_config'), headsOf('text_config')]
  return { ...(videoHeads && { videoHeads }), ...(textHeads && { textHeads }) }
}
