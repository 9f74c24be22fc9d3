/** The safetensors format: checked reading, atomic writing. */
export { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half.js';
export { DTYPE_BYTES, parseHeader, type SafetensorsDtype, type SafetensorsFile, type TensorEntry, } from './safetensors-header.js';
export { type LoadedTensor, type ReadAllOptions, readAll, readHeader, readIntTensor, readTensor, } from './safetensors-reader.js';
export { type TensorData, type TensorToWrite, type WriteOptions, writeSafetensors, } from './safetensors-writer.js';
