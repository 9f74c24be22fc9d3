/** What shapes a model: its sizes, the tensors they imply, and the way back from a checkpoint. */
export { type Heads, type InferOptions, inferConfig } from './infer-config.js'
export {
  checkConfig,
  parseFixtureConfig,
  patchesPerFrame,
  type TextConfig,
  VICLIP_B16,
  VICLIP_L14,
  VICLIP_TINY,
  type ViClipConfig,
  type VideoConfig,
  videoSequences,
  videoTokens,
} from './sizes.js'
export { countValues, expectedTensors, LOG_SCALE, parameterCount, TEMPERATURE } from './tensors.js'
