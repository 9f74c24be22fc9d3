/** What shapes a ViCLIP model: its sizes, the tensors they imply, and the way back from a checkpoint. */
export { type InferOptions, inferConfig } from './infer-config.js';
export { checkConfig, parseFixtureConfig, patchesPerFrame, type TextConfig, VICLIP_B16, VICLIP_L14, VICLIP_TINY, type ViClipConfig, type VideoConfig, videoTokens, } from './sizes.js';
export { countValues, expectedTensors, parameterCount, TEMPERATURE } from './tensors.js';
