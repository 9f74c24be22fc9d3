import { type Layout, splitName } from './layout.js'

const FILTER = 'vision_encoder.conv1.weight'

/** OpenAI's and open_clip's checkpoints: the image encoder under `visual`, the text encoder at the root. */
export const OPENAI_LAYOUT: Layout = {
  title: 'OpenAI CLIP',
  videoPrefix: 'visual.',
  isClip: true,
  locate(parameter) {
    const { encoder, rest } = splitName(parameter)
    const name = encoder === 'vision_encoder' ? `visual.${rest}` : rest
    return { names: [name], form: parameter === FILTER ? 'image' : 'same' }
  },
  owns: (name) => /^(visual|transformer|ln_final|token_embedding)\./.test(name),
}

/**
 * ViFi-CLIP's checkpoints: OpenAI's names, in other places. They hold no token embedding, which stays that of the CLIP
 * they were tuned from; what they hold of a prompt learner is made of it, and is left.
 */
export const VIFI_LAYOUT: Layout = {
  title: 'ViFi-CLIP',
  videoPrefix: 'image_encoder.',
  isClip: true,
  lacks: 'text_encoder.token_embedding.weight',
  locate(parameter) {
    const { encoder, rest } = splitName(parameter)
    const place = { vision_encoder: 'image_encoder.', text_encoder: 'text_encoder.', root: '' }
    return {
      names: [`${place[encoder ?? 'root']}${rest}`],
      form: parameter === FILTER ? 'image' : 'same',
    }
  },
  owns: (name) => /^(image|text)_encoder\./.test(name),
}
