/** ViCLIP's encoders with nothing left out: every token through every block. What their savings are held against. */
import { type ModelAdapter, type ModelDType, ViClipModel } from '../../lib/models/viclip/model.js'
import type { ViClipConfig } from '../../lib/models/viclip/sizes.js'
import type { TokenIds } from '../../lib/models/viclip/text-encoder.js'
import { LayerNorm } from '../../lib/nn/layer-norm.js'
import { gatherRows } from '../../lib/tensor/ops/gather-rows.js'
import { patchEmbed } from '../../lib/tensor/ops/patch-embed.js'
import { project } from '../../lib/tensor/ops/project.js'
import { reshape } from '../../lib/tensor/ops/reshape.js'
import { tokenEmbed } from '../../lib/tensor/ops/token-embed.js'
import type { Embeddings, Tokens, Video } from '../../lib/tensor/shape.js'
import { Tensor } from '../../lib/tensor/tensor.js'
import { testDevice } from '../support/device.js'
import { seededRandom } from '../support/random.js'

/** A random model whose biases and norms, trivial otherwise, have values: leaving one out is seen. */
export function untrivialModel(config: ViClipConfig, seed: number, dtype?: ModelDType): ViClipModel {
  const model = ViClipModel.random(testDevice(), config, seed, dtype)
  let stream = 1
  for (const [name, tensor] of model.parameters.entries()) {
    if (!name.endsWith('bias') && !name.includes('ln_')) continue
    const next = seededRandom(stream++)
    const center = name.endsWith('bias') ? 0 : 1
    tensor.set(Float32Array.from({ length: tensor.size }, () => center + 0.4 * (next() - 0.5)))
  }
  return model
}

export function wholeVideo(
  model: ViClipModel,
  video: Tensor<Video>,
  adapter?: ModelAdapter,
): Tensor<Embeddings> {
  const of = (name: string) => model.parameters.get(`vision_encoder.${name}`)
  const { width, frames } = model.config.video
  const norm = (name: string) => new LayerNorm((own) => of(`${name}.${own}`), width)
  const embedding = {
    weight: of('conv1.weight'),
    cls: of('class_embedding'),
    position: of('positional_embedding'),
    temporal: reshape(of('temporal_positional_embedding'), [frames, width]),
  }
  let x: Tensor<Tokens> = norm('ln_pre').forward(patchEmbed(video, embedding))
  for (const [i, block] of model.video.transformer.blocks.entries())
    x = block.forward(x, { adapter: adapter?.videoBlock(i) })
  const [batch, tokens] = x.shape
  const cls = Array.from({ length: batch }, (_, b) => b * tokens)
  return project(norm('ln_post').forward(gatherRows(x, cls)), of('proj'))
}

/** Of ids whose highest is the end token, once in each text. */
export function wholeText(
  model: ViClipModel,
  { data, shape }: TokenIds,
  adapter?: ModelAdapter,
): Tensor<Embeddings> {
  const of = (name: string) => model.parameters.get(`text_encoder.${name}`)
  const ids = Tensor.from(testDevice(), data, shape, 'int32')
  let x = tokenEmbed(ids, of('token_embedding.weight'), of('positional_embedding'))
  for (const [i, block] of model.text.transformer.blocks.entries())
    x = block.forward(x, { causal: true, adapter: adapter?.textBlock(i) })
  const [batch, length] = shape
  const ends = Array.from({ length: batch }, (_, b) => {
    const text = Array.from(data).slice(b * length, (b + 1) * length)
    return b * length + text.indexOf(Math.max(...text))
  })
  const norm = new LayerNorm((own) => of(`ln_final.${own}`), model.config.text.width)
  return project(norm.forward(gatherRows(x, ends)), of('text_projection'))
}
