import { stat } from 'node:fs/promises'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { isJsonObject } from '../../formats/json.js'
import { readJsonFile } from '../../formats/json-file.js'
import { MstaError } from '../../runtime/errors.js'
import type { Heads } from '../viclip/infer-config.js'
import { VICLIP_B16, VICLIP_L14, type ViClipConfig } from '../viclip/sizes.js'

/** The activation of OpenAI's models and of Hugging Face's CLIP unless it says otherwise; the only one computed here. */
const ACTIVATION = 'quick_gelu'

/** Where the configuration of a checkpoint lies. */
export const hubConfigPath = (checkpoint: string): string =>
  path.join(path.dirname(checkpoint), 'config.json')

/**
 * What the `config.json` beside a checkpoint of Hugging Face tells that no tensor does: the heads of both encoders.
 * Nothing where there is none.
 *
 * @throws MstaError ERR_FORMAT for a file that is not JSON; ERR_CHECKPOINT for a model with another activation
 */
export async function readHubConfig(checkpoint: string, signal?: AbortSignal): Promise<Heads> {
  const file = hubConfigPath(checkpoint)
  if (!(await stat(file).catch(() => undefined))) return {}
  const config = await readJsonFile(file, 'Download it again.', signal)
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

/** Whether a file is the `config.json` of a model, as Hugging Face's libraries or ViCLIP's repositories have it. */
export async function isModelConfig(file: string): Promise<boolean> {
  const config = await readJsonFile(file, '').catch(() => undefined)
  if (!isJsonObject(config)) return false
  const { model_type: type, size } = config
  return typeof type === 'string' || size === 'b' || size === 'l'
}

/** The `config.json` of a `CLIPModel` of these sizes. Start and end are a vocabulary's last two ids, as in CLIP's. */
export function clipHubConfig({ video, text, embedDim }: ViClipConfig): Record<string, unknown> {
  const encoder = (width: number, { heads, layers }: { heads: number; layers: number }) => ({
    hidden_size: width,
    intermediate_size: 4 * width,
    num_attention_heads: heads,
    num_hidden_layers: layers,
    projection_dim: embedDim,
    hidden_act: ACTIVATION,
    layer_norm_eps: 1e-5,
  })
  return {
    architectures: ['CLIPModel'],
    model_type: 'clip',
    projection_dim: embedDim,
    text_config: {
      model_type: 'clip_text_model',
      ...encoder(text.width, text),
      max_position_embeddings: text.contextLength,
      vocab_size: text.vocabularySize,
      bos_token_id: text.vocabularySize - 2,
      eos_token_id: text.vocabularySize - 1,
    },
    vision_config: {
      model_type: 'clip_vision_model',
      ...encoder(video.width, video),
      image_size: video.resolution,
      patch_size: video.patchSize,
      num_channels: 3,
    },
  }
}

/** The `config.json` of `OpenGVLab/ViCLIP-B-16-hf` or `-L-14-hf`; undefined for a model of other sizes. */
export function viclipHubConfig({
  video,
  text,
  embedDim,
}: ViClipConfig): Record<string, unknown> | undefined {
  const isOf = (published: ViClipConfig) =>
    isDeepStrictEqual(
      { ...published, video: { ...published.video, frames: video.frames } },
      { video, text, embedDim },
    )
  return isOf(VICLIP_B16) ? { size: 'b' } : isOf(VICLIP_L14) ? { size: 'l' } : undefined
}
