import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  readHeader,
  readTensor,
  type SafetensorsFile,
  type TensorToWrite,
  writeSafetensors,
} from '../../formats/safetensors.js'
import type { ModelDType } from '../../nn/model-dtype.js'
import { type Device, isFileType } from '../../runtime/device.js'
import { MstaError } from '../../runtime/errors.js'
import { type Job, withJob } from '../../runtime/job.js'
import { sameShape } from '../../tensor/shape.js'
import { type InferOptions, inferConfig } from './infer-config.js'
import { interpolateSpatial, interpolateTemporal } from './interpolate.js'
import { ViClipModel } from './model.js'
import { patchesPerFrame, type ViClipConfig } from './sizes.js'
import { expectedTensors, TEMPERATURE } from './tensors.js'

/** How a checkpoint is loaded. */
export interface LoadOptions {
  dtype?: ModelDType
  /** Frames a clip, if other than the checkpoint's: the temporal embedding is interpolated linearly. */
  frames?: number | undefined
  /** Frame side in pixels, if other than the checkpoint's: the spatial embedding is interpolated bicubically. */
  resolution?: number | undefined
  /** Heads of the encoders, where width / 64 is wrong. */
  heads?: Omit<InferOptions, 'file'>
  signal?: AbortSignal | undefined
  /** Called with the bytes read and to be read. */
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined
}

/** Metadata that saveViClip adds: the heads of both encoders, which no tensor shape tells. */
const HEADS = 'msta.heads'
const SPATIAL = 'vision_encoder.positional_embedding'
const TEMPORAL = 'vision_encoder.temporal_positional_embedding'

/** `model.safetensors` of a folder, or the file itself. @throws MstaError ERR_FILE */
export async function checkpointFile(path: string): Promise<string> {
  const info = await stat(path).catch((cause) => {
    throw new MstaError('ERR_FILE', `${path}: no such model file or folder`, { file: path, cause })
  })
  if (info.isDirectory()) return checkpointFile(join(path, 'model.safetensors'))
  if (!path.endsWith('.safetensors'))
    throw new MstaError('ERR_FORMAT', `${path}: only .safetensors checkpoints can be read by this version`, {
      file: path,
    })
  return path
}

/**
 * Reads a ViCLIP checkpoint with the public tensor names, straight into device memory.
 *
 * @param path a `.safetensors` file, or a folder with `model.safetensors`
 * @throws MstaError ERR_FILE, ERR_FORMAT; ERR_CHECKPOINT with the missing, unexpected and mis-shaped names
 */
export async function loadViClip(
  device: Device,
  path: string,
  options: LoadOptions = {},
): Promise<ViClipModel> {
  const file = await readHeader(await checkpointFile(path))
  const heads = options.heads ?? parseHeads(file.metadata[HEADS])
  const stored = inferConfig(new Map([...file.tensors].map(([name, { shape }]) => [name, shape])), {
    ...heads,
    file: file.path,
  })
  checkNames(file, stored)
  const config: ViClipConfig = {
    ...stored,
    video: {
      ...stored.video,
      frames: options.frames ?? stored.video.frames,
      resolution: options.resolution ?? stored.video.resolution,
    },
  }
  return withJob(options.signal, async (job) => {
    const model = job.run(() => ViClipModel.empty(device, config, options.dtype))
    try {
      await fill(model, file, stored, job, options)
      return model
    } catch (error) {
      model.dispose()
      throw error
    }
  })
}

async function fill(
  model: ViClipModel,
  file: SafetensorsFile,
  stored: ViClipConfig,
  job: Job,
  options: LoadOptions,
) {
  const total = [...file.tensors.values()].reduce((sum, entry) => sum + entry.bytes, 0)
  let done = 0
  for (const [name, tensor] of model.parameters.entries()) {
    options.signal?.throwIfAborted()
    const entry = file.tensors.get(name)!
    const { offset, dtype: type } = entry
    if (isFileType(type) && sameShape(entry.shape, tensor.shape)) {
      const finished = job.run(() => {
        model.device.readFile(tensor, { path: file.path, offset, type })
        return options.onProgress ? model.device.synchronize() : undefined
      })
      await finished
    } else {
      const values = fitEmbedding(name, await readTensor(file, name), stored, model.config)
      job.run(() => tensor.set(values))
    }
    done += entry.bytes
    options.onProgress?.({ done, total })
  }
  const temperature = await readTensor(file, TEMPERATURE)
  if (temperature.length === 1) model.temperature = temperature[0]!
  await job.run(() => model.device.synchronize())
}

function fitEmbedding(
  name: string,
  values: Float32Array,
  from: ViClipConfig,
  to: ViClipConfig,
): Float32Array {
  const { width } = to.video
  if (name === TEMPORAL) return interpolateTemporal(values, from.video.frames, to.video.frames, width)
  if (name === SPATIAL)
    return interpolateSpatial(
      values,
      Math.sqrt(patchesPerFrame(from.video)),
      Math.sqrt(patchesPerFrame(to.video)),
      width,
    )
  return values
}

/** Other keys (`optimizer` and the like) are ignored; those of the two encoders must be just right. */
function checkNames(file: SafetensorsFile, config: ViClipConfig): void {
  const expected = expectedTensors(config)
  const missing = [...expected.keys()].filter((name) => !file.tensors.has(name))
  const unexpected = [...file.tensors.keys()].filter(
    (name) => /^(vision|text)_encoder\./.test(name) && !expected.has(name),
  )
  const misshapen = [...expected].filter(([name, shape]) => {
    const entry = file.tensors.get(name)
    return entry && !sameShape(entry.shape, shape)
  })
  if (!missing.length && !unexpected.length && !misshapen.length) return
  const list = (names: string[]) =>
    names.slice(0, 8).join(', ') + (names.length > 8 ? `, ... (${names.length})` : '')
  const parts = [
    missing.length && `missing: ${list(missing)}`,
    unexpected.length && `unexpected: ${list(unexpected)}`,
    misshapen.length &&
      `mis-shaped: ${list(misshapen.map(([name, shape]) => `${name} [${file.tensors.get(name)!.shape}] instead of [${shape}]`))}`,
  ].filter(Boolean)
  throw new MstaError('ERR_CHECKPOINT', `${file.path} does not fit a ViCLIP model; ${parts.join('; ')}`, {
    file: file.path,
  })
}

/** Writes a model as a safetensors file with the public names, atomically. @throws MstaError ERR_FILE */
export async function saveViClip(model: ViClipModel, path: string): Promise<void> {
  const tensors = new Map<string, TensorToWrite>()
  for (const [name, { shape, data }] of await model.parameters.values())
    tensors.set(name, { dtype: 'F32', shape: [...shape], data })
  tensors.set(TEMPERATURE, { dtype: 'F32', shape: [], data: Float32Array.of(model.temperature) })
  const { video, text } = model.config
  await writeSafetensors(path, tensors, { [HEADS]: `${video.heads},${text.heads}` })
}

function parseHeads(text: string | undefined): Omit<InferOptions, 'file'> {
  const [videoHeads, textHeads] = (text ?? '').split(',').map(Number)
  return videoHeads && textHeads ? { videoHeads, textHeads } : {}
}
