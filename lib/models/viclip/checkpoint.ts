import { type TensorToWrite, writeSafetensors } from '../../formats/safetensors.js'
import { fillZero } from '../../nn/init.js'
import type { ModelDType } from '../../nn/model-dtype.js'
import type { Device } from '../../runtime/device.js'
import { type Job, withJob } from '../../runtime/job.js'
import { sameShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { FORMS } from '../layouts/layout.js'
import { checkpointMetadata, type OpenCheckpointOptions, openCheckpoint } from '../layouts/open-checkpoint.js'
import { OPENAI_LAYOUT } from '../layouts/openai.js'
import type { StoredModel } from '../layouts/stored-model.js'
import { VICLIP_LAYOUT } from '../layouts/viclip.js'
import { type FitOptions, fitConfig, fitEmbedding } from './fit.js'
import { ViClipModel } from './model.js'
import type { ViClipConfig } from './sizes.js'
import { expectedTensors, LOG_SCALE, TEMPERATURE } from './tensors.js'

/** How a checkpoint is loaded. */
export interface LoadOptions extends FitOptions, OpenCheckpointOptions {
  dtype?: ModelDType
  /** Called with the bytes read and to be read. */
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined
}

/** Values set at a time: a millisecond or two. */
const PIECE = 2 ** 19

/**
 * Reads a checkpoint of ViCLIP, CLIP (of OpenAI or Hugging Face) or ViFi-CLIP under the public tensor names, straight
 * into device memory; which it is, the names tell.
 *
 * @param path a file or folder that `openTensorFile` reads: safetensors, or a PyTorch checkpoint
 * @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT with the missing, unexpected and mis-shaped names; ERR_ARGUMENT
 *   for a base that is not needed, and for sizes that no model can have
 */
export async function loadViClip(
  device: Device,
  path: string,
  options: LoadOptions = {},
): Promise<ViClipModel> {
  const { stored: checkpoint, config: stored } = await openCheckpoint(path, options)
  return withJob(options.signal, async (job) => {
    const model = job.run(() => ViClipModel.empty(device, fitConfig(stored, options), options.dtype))
    try {
      await fill(model, checkpoint, stored, job, options)
      return model
    } catch (error) {
      model.dispose()
      throw error
    }
  })
}

async function fill(
  model: ViClipModel,
  checkpoint: StoredModel,
  stored: ViClipConfig,
  job: Job,
  options: LoadOptions,
) {
  const shapes = expectedTensors(stored)
  const total = [...shapes.keys()].reduce((sum, name) => sum + checkpoint.bytesOf(name), 0)
  let done = 0
  for (const [name, tensor] of model.parameters.entries()) {
    if (tensor === model.logScale) continue
    options.signal?.throwIfAborted()
    const shape = shapes.get(name)
    if (!shape) {
      // The temporal embedding of a ViCLIP that a CLIP becomes.
      job.run(() => fillZero(tensor))
      continue
    }
    if (sameShape(shape, tensor.shape) && checkpoint.isStreamable(name)) {
      const finished = job.run(() => {
        checkpoint.stream(name, tensor)
        return options.onProgress ? model.device.synchronize() : undefined
      })
      await finished
    } else {
      const values = await checkpoint.values(name, options.signal)
      await setInPieces(tensor, fitEmbedding(name, values, stored, model.config), job)
    }
    done += checkpoint.bytesOf(name)
    options.onProgress?.({ done, total })
  }
  const [scalar] = await checkpoint.values(shapes.has(LOG_SCALE) ? LOG_SCALE : TEMPERATURE)
  job.run(() => {
    model.temperature = shapes.has(LOG_SCALE) ? Math.exp(-scalar!) : scalar!
  })
  await job.run(() => model.device.synchronize())
}

/** Sets the values without keeping the event loop busy, or many copies in memory. */
async function setInPieces(tensor: Tensor, values: Float32Array, job: Job): Promise<void> {
  for (let first = 0; first < values.length; first += PIECE) {
    const piece = values.subarray(first, first + PIECE)
    await job.run(() => {
      using part = tensor.slice(first, [piece.length])
      part.set(piece)
      return tensor.device.synchronize()
    })
  }
}

/**
 * Writes a model as a safetensors file, atomically: a ViCLIP under its public names, a CLIP under OpenAI's.
 *
 * @throws MstaError ERR_FILE
 */
export async function saveViClip(model: ViClipModel, path: string): Promise<void> {
  const { video } = model.config
  const layout = video.frameWise ? OPENAI_LAYOUT : VICLIP_LAYOUT
  const tensors = new Map<string, TensorToWrite>()
  for (const [parameter, { shape, data }] of await model.parameters.values()) {
    const { names, form } = layout.locate(parameter)
    tensors.set(names[0]!, { dtype: 'F32', shape: FORMS[form].toFile(shape), data })
  }
  if (!video.frameWise)
    tensors.set(TEMPERATURE, { dtype: 'F32', shape: [], data: Float32Array.of(model.temperature) })
  await writeSafetensors(path, tensors, checkpointMetadata(model.config))
}
