/** The safetensors format: checked reading, atomic writing. */
export { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half.js'
export type { SafetensorsFile } from './safetensors-header.js'
export { type ReadAllOptions, readAll, readHeader } from './safetensors-reader.js'
export {
  type TensorData,
  type TensorToWrite,
  type WriteOptions,
  writeSafetensors,
} from './safetensors-writer.js'
export {
  DTYPE_BYTES,
  type SafetensorsDtype,
  type TensorEntry,
  type TensorFile,
} from './tensor-file.js'
export { type LoadedTensor, readFloats, readIntTensor, readTensor } from './tensor-reader.js'
