/** The safetensors format: checked reading, atomic writing. */
export { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half.js';
export { DTYPE_BYTES, parseHeader, } from './safetensors-header.js';
export { readAll, readHeader, readIntTensor, readTensor, } from './safetensors-reader.js';
export { writeSafetensors, } from './safetensors-writer.js';
//# sourceMappingURL=safetensors.js.map