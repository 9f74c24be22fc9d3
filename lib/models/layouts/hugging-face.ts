import { type Layout, type Location, splitName } from './layout.js'

/** Names outside the blocks, by the model's. */
const OUTSIDE: Record<string, [name: string, form: Location['form']]> = {
  'vision_encoder.conv1.weight': ['vision_model.embeddings.patch_embedding.weight', 'image'],
  'vision_encoder.class_embedding': ['vision_model.embeddings.class_embedding', 'same'],
  'vision_encoder.positional_embedding': ['vision_model.embeddings.position_embedding.weight', 'same'],
  'vision_encoder.proj': ['visual_projection.weight', 'transposed'],
  'text_encoder.token_embedding.weight': ['text_model.embeddings.token_embedding.weight', 'same'],
  'text_encoder.positional_embedding': ['text_model.embeddings.position_embedding.weight', 'same'],
  'text_encoder.text_projection': ['text_projection.weight', 'transposed'],
}

/** Norms outside the blocks; the missing e is theirs. */
const NORMS: Record<string, string> = {
  ln_pre: 'pre_layrnorm',
  ln_post: 'post_layernorm',
  ln_final: 'final_layer_norm',
}

/** Modules of a block. */
const IN_BLOCK: Record<string, string> = {
  'attn.out_proj': 'self_attn.out_proj',
  ln_1: 'layer_norm1',
  'mlp.c_fc': 'mlp.fc1',
  'mlp.c_proj': 'mlp.fc2',
  ln_2: 'layer_norm2',
}

/** Hugging Face's CLIPModel: queries, keys and values apart, projections transposed. */
export const HUGGING_FACE_LAYOUT: Layout = {
  title: 'Hugging Face CLIP',
  videoPrefix: 'vision_model.',
  isClip: true,
  locate(parameter) {
    const outside = OUTSIDE[parameter]
    if (outside) return { names: [outside[0]], form: outside[1] }
    const { encoder, rest } = splitName(parameter)
    if (!encoder) return { names: [parameter], form: 'same' }
    const model = encoder === 'vision_encoder' ? 'vision_model' : 'text_model'
    const inBlock = /^transformer\.resblocks\.(\d+)\.(.+)$/.exec(rest)
    if (inBlock) return locateInBlock(`${model}.encoder.layers.${inBlock[1]}`, inBlock[2]!)
    const [norm, value] = splitLast(rest)
    return { names: [`${model}.${NORMS[norm]}.${value}`], form: 'same' }
  },
  owns: (name) =>
    /^(vision_model|text_model|visual_projection|text_projection)\./.test(name) &&
    !name.endsWith('.position_ids'),
}

function locateInBlock(block: string, rest: string): Location {
  const packed = /^attn\.in_proj_(weight|bias)$/.exec(rest)
  if (packed)
    return {
      names: ['q', 'k', 'v'].map((part) => `${block}.self_attn.${part}_proj.${packed[1]}`),
      form: 'thirds',
    }
  const [module, value] = splitLast(rest)
  return { names: [`${block}.${IN_BLOCK[module]}.${value}`], form: 'same' }
}

function splitLast(name: string): [module: string, value: string] {
  const dot = name.lastIndexOf('.')
  return [name.slice(0, dot), name.slice(dot + 1)]
}
