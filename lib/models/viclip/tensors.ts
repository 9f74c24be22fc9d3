import { patchesPerFrame, type ViClipConfig } from './sizes.js'

type Shapes = Map<string, number[]>

/** Name of the scalar that similarities are divided by; of a frame-wise model, {@link LOG_SCALE} is its parameter. */
export const TEMPERATURE = 'temp'
/** Name of CLIP's parameter -log(temperature). */
export const LOG_SCALE = 'logit_scale'

function addLinear(shapes: Shapes, name: string, outputs: number, inputs: number): void {
  shapes.set(`${name}.weight`, [outputs, inputs])
  shapes.set(`${name}.bias`, [outputs])
}

function addNorm(shapes: Shapes, name: string, width: number): void {
  shapes.set(`${name}.weight`, [width])
  shapes.set(`${name}.bias`, [width])
}

function addBlocks(shapes: Shapes, encoder: string, layers: number, width: number): void {
  for (let i = 0; i < layers; i++) {
    const block = `${encoder}.transformer.resblocks.${i}`
    shapes.set(`${block}.attn.in_proj_weight`, [3 * width, width])
    shapes.set(`${block}.attn.in_proj_bias`, [3 * width])
    addLinear(shapes, `${block}.attn.out_proj`, width, width)
    addNorm(shapes, `${block}.ln_1`, width)
    addLinear(shapes, `${block}.mlp.c_fc`, 4 * width, width)
    addLinear(shapes, `${block}.mlp.c_proj`, width, 4 * width)
    addNorm(shapes, `${block}.ln_2`, width)
  }
}

/** Every tensor of a model under the name that ViCLIP's checkpoints give it, with its shape (`[]` for a scalar). */
export function expectedTensors(config: ViClipConfig): Map<string, number[]> {
  const { video, text, embedDim } = config
  const shapes: Shapes = new Map()
  shapes.set('vision_encoder.class_embedding', [video.width])
  shapes.set('vision_encoder.positional_embedding', [1 + patchesPerFrame(video), video.width])
  if (!video.frameWise)
    shapes.set('vision_encoder.temporal_positional_embedding', [1, video.frames, video.width])
  shapes.set('vision_encoder.conv1.weight', [video.width, 3, 1, video.patchSize, video.patchSize])
  addNorm(shapes, 'vision_encoder.ln_pre', video.width)
  addBlocks(shapes, 'vision_encoder', video.layers, video.width)
  addNorm(shapes, 'vision_encoder.ln_post', video.width)
  shapes.set('vision_encoder.proj', [video.width, embedDim])
  shapes.set('text_encoder.token_embedding.weight', [text.vocabularySize, text.width])
  shapes.set('text_encoder.positional_embedding', [text.contextLength, text.width])
  addBlocks(shapes, 'text_encoder', text.layers, text.width)
  addNorm(shapes, 'text_encoder.ln_final', text.width)
  shapes.set('text_encoder.text_projection', [text.width, embedDim])
  shapes.set(video.frameWise ? LOG_SCALE : TEMPERATURE, [])
  return shapes
}

/** Number of values in tensors of the given shapes. */
export function countValues(shapes: Iterable<readonly number[]>): number {
  let total = 0
  for (const shape of shapes) total += shape.reduce((product, size) => product * size, 1)
  return total
}

/** Number of parameters of a model, the temperature included. */
export function parameterCount(config: ViClipConfig): number {
  return countValues(expectedTensors(config).values())
}
