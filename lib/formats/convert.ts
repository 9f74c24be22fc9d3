import { MstaError } from '../runtime/errors.js'
import { openTensorFile } from './open.js'
import { type TensorData, type TensorToWrite, writeSafetensors } from './safetensors-writer.js'
import { stateDictOf } from './state-dict.js'
import { DTYPE_BYTES, type SafetensorsDtype, type TensorEntry } from './tensor-file.js'
import { readPieces } from './tensor-reader.js'
import { inTurns } from './turns.js'
import { toFloats, toFloatsToRound } from './values.js'

/** A floating-point type to convert to, as PyTorch names it. */
export type FloatType = 'float32' | 'float16' | 'bfloat16'

/** Options of {@link convertWeights}. */
export interface ConvertOptions {
  /** Type of all floating-point tensors; each keeps its own when left out. Integers and floats of eight bits stay. */
  dtype?: FloatType | undefined
  signal?: AbortSignal | undefined
  /** Called with the bytes read and to be read. */
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined
}

/** Numbers to write: those of tensors in files (or of parts of them), read when their turn comes, or given ones. */
export interface Composition {
  /** Outermost dimension first; empty for a scalar. */
  shape: readonly number[]
  /** One after another in row-major order. */
  parts: readonly (TensorEntry | (() => Promise<Float32Array>))[]
}

/** What {@link convertWeights} has written. */
export interface ConvertResult {
  tensors: number
  /** Numbers in all tensors. */
  parameters: number
  /** Of the numbers, as written. */
  bytes: number
}

const FLOATS: Record<FloatType, SafetensorsDtype> = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' }
/** Arrays that hold the numbers as they are in a file. */
const ARRAYS: Record<SafetensorsDtype, new (buffer: ArrayBuffer) => TensorData> = {
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
  F8_E4M3: Uint8Array,
  F8_E5M2: Uint8Array,
}
const CONVERTIBLE: readonly SafetensorsDtype[] = ['F64', 'F32', 'F16', 'BF16']
// Read at a time; a multiple of every element's size.
const PIECE_BYTES = 1 << 23

/** Type of parts as one tensor: their own, or float32 where they differ. */
function typeOf({ parts }: Composition): SafetensorsDtype {
  const types = new Set(parts.map((part) => ('dtype' in part ? part.dtype : 'F32')))
  return types.size === 1 ? [...types][0]! : 'F32'
}

/** A tensor to write, read and converted piece by piece when its turn comes. */
function toWrite(
  name: string,
  composition: Composition,
  { dtype, signal }: ConvertOptions,
  onRead: (bytes: number) => void,
): TensorToWrite {
  const from = typeOf(composition)
  const to = dtype && CONVERTIBLE.includes(from) ? FLOATS[dtype] : from
  const convert = async (type: SafetensorsDtype, piece: ArrayBuffer): Promise<TensorData> => {
    const toTarget = to === 'F32' ? toFloats : toFloatsToRound
    const floats = to === type ? undefined : await inTurns(toTarget(type, piece), signal)
    return floats ?? new ARRAYS[type](piece)
  }
  const data = async function* (): AsyncGenerator<TensorData> {
    for (const part of composition.parts) {
      if (typeof part === 'function') yield await part()
      else
        for await (const piece of readPieces(part, name, PIECE_BYTES, signal)) {
          yield await convert(part.dtype, piece)
          onRead(piece.byteLength)
        }
    }
  }
  return { dtype: to, shape: composition.shape, data }
}

/**
 * Writes tensors as safetensors, one by one in little memory. `output` is either what it was or the whole new file.
 * @throws MstaError ERR_FILE, ERR_ARGUMENT; the signal's reason
 */
export async function writeCompositions(
  output: string,
  compositions: ReadonlyMap<string, Composition>,
  metadata: Readonly<Record<string, string>>,
  options: ConvertOptions = {},
): Promise<ConvertResult> {
  const { signal, onProgress } = options
  if (options.dtype !== undefined && !Object.hasOwn(FLOATS, options.dtype)) {
    const message = `dtype must be one of ${Object.keys(FLOATS).join(', ')}; got ${JSON.stringify(options.dtype)}`
    throw new MstaError('ERR_ARGUMENT', message)
  }
  const entries = [...compositions.values()].flatMap(({ parts }) => parts.filter((part) => 'bytes' in part))
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0)
  let done = 0
  const onRead = (bytes: number) => {
    done += bytes
    onProgress?.({ done, total })
  }
  const tensors = new Map(
    [...compositions].map(([name, each]) => [name, toWrite(name, each, options, onRead)] as const),
  )
  // Without a format, transformers refuses the file.
  await writeSafetensors(output, tensors, { format: 'pt', ...metadata }, { signal })
  const counts = [...tensors.values()].map(({ dtype, shape }) => ({ dtype, count: sizeOf(shape) }))
  return {
    tensors: counts.length,
    parameters: counts.reduce((sum, { count }) => sum + count, 0),
    bytes: counts.reduce((sum, { dtype, count }) => sum + count * DTYPE_BYTES[dtype], 0),
  }
}

/**
 * Writes the tensors of any readable file (see {@link openTensorFile}) as safetensors, tensor by tensor in little
 * memory. Names are those within the model's state dict; state of an optimizer and the like is left out. `output` is
 * either what it was or the whole new file.
 * @throws MstaError ERR_FILE, ERR_FORMAT; the signal's reason
 */
export async function convertWeights(
  input: string,
  output: string,
  options: ConvertOptions = {},
): Promise<ConvertResult> {
  const { tensors, metadata } = stateDictOf(await openTensorFile(input, options))
  if (tensors.size === 0) throw new MstaError('ERR_FORMAT', `${input}: holds no tensors.`, { file: input })
  const same = [...tensors].map(([name, entry]) => [name, { shape: entry.shape, parts: [entry] }] as const)
  return writeCompositions(output, new Map(same), metadata, options)
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)
