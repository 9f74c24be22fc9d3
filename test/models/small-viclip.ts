/** A ViCLIP with the full vocabulary that is otherwise as small as can be, for tests that read videos. */
import path from 'node:path'
import { saveViClip } from '../../lib/models/viclip/checkpoint.js'
import { ViClipModel } from '../../lib/models/viclip/model.js'
import type { ViClipConfig } from '../../lib/models/viclip/sizes.js'
import { ViCLIP } from '../../lib/recognition/viclip.js'
import { testDevice } from '../support/device.js'

export const SMALL_VICLIP: ViClipConfig = {
  video: { resolution: 16, patchSize: 8, frames: 4, width: 32, layers: 2, heads: 2 },
  text: { width: 16, layers: 2, heads: 2, contextLength: 32, vocabularySize: 49408 },
  embedDim: 12,
}

/** The same as a frame-wise CLIP. */
export const SMALL_CLIP: ViClipConfig = {
  ...SMALL_VICLIP,
  video: { ...SMALL_VICLIP.video, frameWise: true },
}

/** Writes such a model to `folder`; returns its path. */
export async function saveSmallViClip(folder: string, seed = 3, config = SMALL_VICLIP): Promise<string> {
  const file = path.join(folder, config.video.frameWise ? 'small-clip.safetensors' : 'small.safetensors')
  const model = ViClipModel.random(testDevice(), config, seed)
  await saveViClip(model, file)
  model.dispose()
  return file
}

/** Such a model, loaded as users load theirs. */
export async function loadSmallViClip(folder: string, seed = 3): Promise<ViCLIP> {
  return ViCLIP.load(await saveSmallViClip(folder, seed), { device: 'cpu' })
}
