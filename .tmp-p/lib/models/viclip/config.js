/** What shapes a ViCLIP model: its sizes, the tensors they imply, and the way back from a checkpoint. */
export { inferConfig } from './infer-config.js';
export { checkConfig, parseFixtureConfig, patchesPerFrame, VICLIP_B16, VICLIP_L14, VICLIP_TINY, videoTokens, } from './sizes.js';
export { countValues, expectedTensors, parameterCount, TEMPERATURE } from './tensors.js';
//# sourceMappingURL=config.js.map