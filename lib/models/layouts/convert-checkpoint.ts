import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { type ConvertOptions, type ConvertResult, writeCompositions } from '../../formats/convert.js'
import { makeFolder } from '../../formats/make-folder.js'
import { replaceFile } from '../../formats/replace-file.js'
import { MstaError } from '../../runtime/errors.js'
import type { ViClipConfig } from '../viclip/sizes.js'
import { expectedTensors } from '../viclip/tensors.js'
import { composeModel } from './compose.js'
import { clipHubConfig, hubConfigPath, isModelConfig, viclipHubConfig } from './hub-config.js'
import { HUGGING_FACE_LAYOUT } from './hugging-face.js'
import type { Layout } from './layout.js'
import { checkpointMetadata, type OpenCheckpointOptions, openCheckpoint } from './open-checkpoint.js'
import { OPENAI_LAYOUT } from './openai.js'
import { VICLIP_LAYOUT } from './viclip.js'

/** Layouts that are written, with the `config.json` that goes with each. */
const TARGETS: Record<string, { layout: Layout; config: (sizes: ViClipConfig) => object | undefined }> = {
  viclip: { layout: VICLIP_LAYOUT, config: viclipHubConfig },
  openai: { layout: OPENAI_LAYOUT, config: () => undefined },
  'hugging-face': { layout: HUGGING_FACE_LAYOUT, config: clipHubConfig },
}

/** A layout to convert to. */
export type LayoutName = 'viclip' | 'openai' | 'hugging-face'

/** Options of {@link convertCheckpoint}. */
export interface ConvertCheckpointOptions extends ConvertOptions, OpenCheckpointOptions {
  to: LayoutName
}

/** What {@link convertCheckpoint} has written. */
export interface ConvertCheckpointResult extends ConvertResult {
  /** The file of weights. */
  weights: string
  /** The `config.json` beside it, where the layout has one. */
  config?: string
  /** A `config.json` that lay in the folder and was removed: it told of a model in another layout. */
  removed?: string
  /** Tensors that the checkpoint did not hold so, and how each was made. */
  made: string[]
  /** Names of what was left out: all that is not of the model. */
  left: string[]
}

/**
 * Writes a checkpoint in another layout, tensor by tensor in little memory: ViCLIP's, OpenAI's, or that of Hugging Face's
 * `CLIPModel`. A CLIP in ViCLIP's layout is a ViCLIP as it was before its training on videos.
 *
 * @param output a file named `*.safetensors`, or a folder for a `model.safetensors`. `config.json` goes beside it: for
 *   Hugging Face always, for ViCLIP into a folder where the model is a published one. That of a folder is replaced, or
 *   removed where there is none to write and it is a model's; beside a file it must not be another model's.
 * @throws MstaError as `ViCLIP.load`; ERR_ARGUMENT for an unknown layout, and for a ViCLIP in a layout of CLIPs
 */
export async function convertCheckpoint(
  input: string,
  output: string,
  options: ConvertCheckpointOptions,
): Promise<ConvertCheckpointResult> {
  const { to, signal } = options
  if (!Object.hasOwn(TARGETS, to)) {
    const known = Object.keys(TARGETS).join(', ')
    throw new MstaError(
      'ERR_ARGUMENT',
      `There is no layout ${JSON.stringify(to)} to convert to; known: ${known}`,
    )
  }
  const target = TARGETS[to]!
  const checkpoint = await openCheckpoint(input, options)
  const { config, tensors, made } = composeModel(checkpoint, target.layout)
  const isFolder = !output.endsWith('.safetensors')
  const weights = isFolder ? path.join(output, 'model.safetensors') : output
  const hubConfig = isFolder || to === 'hugging-face' ? target.config(config) : undefined
  const text = hubConfig && `${JSON.stringify(hubConfig, null, 2)}\n`
  const configFile = hubConfigPath(weights)
  if (text && !isFolder) await refuseOther(configFile, text)
  if (isFolder) await makeFolder(output)
  const written = await writeCompositions(weights, tensors, checkpointMetadata(config), options)
  if (text) await replaceFile(configFile, async (handle) => handle.writeFile(text), { signal })
  const isStale = isFolder && !text && (await isModelConfig(configFile))
  if (isStale) await rm(configFile, { force: true })
  const left = checkpoint.stored.strangers(expectedTensors(checkpoint.config).keys())
  return {
    ...written,
    weights,
    ...(text && { config: configFile }),
    ...(isStale && { removed: configFile }),
    made,
    left,
  }
}

async function refuseOther(file: string, text: string): Promise<void> {
  const present = await readFile(file, 'utf8').catch(() => undefined)
  if (present === undefined || present === text) return
  const message = `${file}: is there already and differs from what would be written. Name a folder for the output.`
  throw new MstaError('ERR_ARGUMENT', message, { file })
}
