/** Bytes of one element, by safetensors' name of the data type. */
export const DTYPE_BYTES = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
} as const

/** A data type of the safetensors format. */
export type SafetensorsDtype = keyof typeof DTYPE_BYTES

/** Where one tensor lies. */
export interface TensorEntry {
  dtype: SafetensorsDtype
  /** Outermost dimension first; empty for a scalar. */
  shape: number[]
  /** The file it lies in: one of the parts of a sharded file, else that of its {@link TensorFile}. */
  path: string
  /** Of the first element, in bytes from the start of the file. */
  offset: number
  /** Of its values without gaps. */
  bytes: number
  /** Elements from one index to the next, dimension by dimension; undefined when row-major without gaps. */
  strides?: number[]
}

/** A file of named tensors, checked: every tensor lies inside its file. */
export interface TensorFile {
  path: string
  /** Free-form strings; an object without a prototype. */
  metadata: Record<string, string>
  /** By name: where the file nests mappings, the keys joined by dots. */
  tensors: Map<string, TensorEntry>
  /** Name of the mapping that holds the model's tensors; empty when that is the whole file. */
  stateDictPath: string
}

/** More dimensions than this no tensor has. */
export const MOST_DIMENSIONS = 64

/** A tensor's name as a message shows it: quoted, escaped, not too long. */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}...` : name)
}

/** Whether a plain object can hold the name, and every part of it, as a key of its own. */
export function isAllowedName(name: string): boolean {
  return !name.split('.').includes('__proto__')
}
