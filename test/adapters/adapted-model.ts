/** A model of the least size, inputs for it, and every method of tuning it, with values that all matter. */

import type { Adapter } from '../../lib/adapters/adapter.js'
import { type AdapterOptions, attachAdapter, type MethodName } from '../../lib/adapters/methods.js'
import type { ViClipModel } from '../../lib/models/viclip/model.js'
import type { ViClipConfig } from '../../lib/models/viclip/sizes.js'
import type { TokenIds } from '../../lib/models/viclip/text-packing.js'
import { scope } from '../../lib/tensor/scope.js'
import type { Ids, Video } from '../../lib/tensor/shape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { seededRandom } from '../support/random.js'

export const CONFIG: ViClipConfig = {
  video: { resolution: 8, patchSize: 4, frames: 3, width: 24, layers: 3, heads: 3 },
  text: { width: 20, layers: 2, heads: 2, contextLength: 8, vocabularySize: 40 },
  embedDim: 9,
}
/** Options that differ from the defaults wherever they can. */
export const OPTIONS: Record<MethodName, AdapterOptions> = {
  msta: { dim: 6, layers: '2-3', alpha: 0.5, dropout: 0, temporal: 'depthwise' },
  adaptformer: { method: 'adaptformer', dim: 6, layers: '2-3', scale: 0.5 },
  lora: { method: 'lora', rank: 3, alpha: 2, layers: '2-3', text: true },
  full: { method: 'full' },
}

const VIDEO: Video = [2, 3, 3, 8, 8]
const random = seededRandom(8)
export const clips = Float32Array.from({ length: 2 * 3 * 3 * 64 }, () => 2 * random() - 1)
export const video = (model: ViClipModel): Tensor<Video> => Tensor.from(model.device, clips, VIDEO)

/** Of different lengths; the end token is 39. */
export const IDS: TokenIds = {
  data: [30, 4, 39, 0, 0, 30, 5, 6, 7, 39, 30, 8, 39, 0, 0],
  shape: [3, 5] as Ids,
}

/** An adapter that changes the features: values that are zero at first, and would hide others, are not. */
export function untrivialAdapter(model: ViClipModel, options: AdapterOptions): Adapter {
  const adapter = attachAdapter(model, { ...options, seed: 3 })
  if (adapter.tunesModel) return adapter
  const next = seededRandom(6)
  for (const [name, tensor] of adapter.parameters.entries()) {
    const spread = name.endsWith('bias') ? 0.2 : 0.5
    tensor.set(Float32Array.from({ length: tensor.size }, () => spread * (2 * next() - 1)))
  }
  return adapter
}

/** Features before normalisation. */
export interface EncodedInputs {
  video: Float32Array
  text: Float32Array
}

/** Features of both inputs. */
export async function features(model: ViClipModel, adapter: Adapter | null): Promise<EncodedInputs> {
  const tensors = scope(() => ({
    video: model.encodeVideo(video(model), adapter).keep(),
    text: model.encodeText(IDS, adapter).keep(),
  }))
  const [ofVideo, ofText] = await Promise.all([tensors.video.data(), tensors.text.data()])
  for (const tensor of Object.values(tensors)) tensor.dispose()
  return { video: ofVideo, text: ofText }
}
