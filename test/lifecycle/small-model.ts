/** A model small enough for hundreds of forwards a second, and work to keep a device busy with. */
import { ViClipModel } from '../../lib/models/viclip/model.js'
import type { ViClipConfig } from '../../lib/models/viclip/sizes.js'
import { scope } from '../../lib/tensor/scope.js'
import type { Embeddings, Video } from '../../lib/tensor/shape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { testDevice } from '../support/device.js'
import { seededRandom } from '../support/random.js'

export const SMALL: ViClipConfig = {
  video: { resolution: 32, patchSize: 8, frames: 2, width: 64, layers: 2, heads: 2 },
  text: { width: 32, layers: 1, heads: 2, contextLength: 8, vocabularySize: 64 },
  embedDim: 16,
}

export const smallModel = (): ViClipModel => ViClipModel.random(testDevice(), SMALL, 1)

/** Clips of seeded noise. */
export function clips(count = 2): { data: Float32Array; shape: Video } {
  const { frames, resolution } = SMALL.video
  const shape = [count, 3, frames, resolution, resolution] as unknown as Video
  const random = seededRandom(5)
  const data = Float32Array.from({ length: count * 3 * frames * resolution ** 2 }, () => random() - 0.5)
  return { data, shape }
}

/** Enqueues one forward; the result's values when they are there. */
export function forward(model: ViClipModel, { data, shape } = clips()): Promise<Float32Array> {
  const output: Tensor<Embeddings> = scope(() =>
    model.encodeVideo(Tensor.from(model.device, data, shape)),
  ).keep()
  const values = output.data()
  output.dispose()
  return values
}
