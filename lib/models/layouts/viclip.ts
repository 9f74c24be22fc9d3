import type { Layout } from './layout.js'

/** ViCLIP's public checkpoints, whose names are the model's own. */
export const VICLIP_LAYOUT: Layout = {
  title: 'ViCLIP',
  videoPrefix: 'vision_encoder.',
  isClip: false,
  locate: (parameter) => ({ names: [parameter], form: 'same' }),
  owns: (name) => /^(vision|text)_encoder\./.test(name),
}
