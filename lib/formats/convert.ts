import { MstaError } from '../runtime/errors.js'
import { openTensorFile } from './open.js'
import { type TensorData, type TensorToWrite, writeSafetensors } from './safetensors-writer.js'
import { stateDictOf } from './state-dict.js'
import { DTYPE_BYTES, type SafetensorsDtype, type TensorEntry, type TensorFile } from './tensor-file.js'
import { readPieces } from './tensor-reader.js'
import { inTurns } from './turns.js'
import { toFloats } from './values.js'

/** A floating-point type to convert to, as PyTorch names it. */
export type FloatType = 'float32' | 'float16' | 'bfloat16'

/** Options of {@link convertWeights}. */
export interface ConvertOptions {
  /** Type of all floating-point tensors; each keeps its own when left out. Integers and floats of eight bits stay. */
  dtype?: FloatType | undefined
  /** Renames, transposes or leaves out tensors before they are written: from one layout of a model to another. */
  layout?: (file: TensorFile) => TensorFile
  signal?: AbortSignal | undefined
  /** Called with the bytes read and to be read. */
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined
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

/** A tensor to write, read and converted piece by piece when its turn comes. */
function toWrite(
  name: string,
  entry: TensorEntry,
  { dtype, signal }: ConvertOptions,
  onRead: (bytes: number) => void,
): TensorToWrite {
  const from = entry.dtype
  const to = dtype && CONVERTIBLE.includes(from) ? FLOATS[dtype] : from
  const data = async function* (): AsyncGenerator<TensorData> {
    for await (const piece of readPieces(entry, name, PIECE_BYTES, signal)) {
      const floats = to === from ? undefined : await inTurns(toFloats(from, piece), signal)
      yield floats ?? new ARRAYS[from](piece)
      onRead(piece.byteLength)
    }
  }
  return { dtype: to, shape: entry.shape, data }
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
  const { signal, onProgress, layout = (file) => file } = options
  if (options.dtype !== undefined && !Object.hasOwn(FLOATS, options.dtype)) {
    const message = `dtype must be one of ${Object.keys(FLOATS).join(', ')}; got ${JSON.stringify(options.dtype)}`
    throw new MstaError('ERR_ARGUMENT', message)
  }
  const file = layout(stateDictOf(await openTensorFile(input, { signal })))
  if (file.tensors.size === 0)
    throw new MstaError('ERR_FORMAT', `${input}: holds no tensors.`, { file: input })
  const total = [...file.tensors.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  let done = 0
  const onRead = (bytes: number) => {
    done += bytes
    onProgress?.({ done, total })
  }
  const tensors = new Map(
    [...file.tensors].map(([name, entry]) => [name, toWrite(name, entry, options, onRead)] as const),
  )
  // Without a format, transformers refuses the file.
  await writeSafetensors(output, tensors, { format: 'pt', ...file.metadata }, { signal })
  const counts = [...tensors.values()].map(({ dtype, shape }) => ({ dtype, count: sizeOf(shape) }))
  return {
    tensors: counts.length,
    parameters: counts.reduce((sum, { count }) => sum + count, 0),
    bytes: counts.reduce((sum, { dtype, count }) => sum + count * DTYPE_BYTES[dtype], 0),
  }
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)
