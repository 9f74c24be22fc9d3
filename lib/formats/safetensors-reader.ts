import { readBytes, withFile } from './file-bytes.js'
import { PREFIX_BYTES, parseHeader, parseHeaderLength, type SafetensorsFile } from './safetensors-header.js'
import { type LoadedTensor, loadTensor } from './tensor-reader.js'

/** What {@link readAll} reads. */
export interface ReadAllOptions {
  /** Only the tensors this accepts; all of them when left out. */
  select?: (name: string) => boolean
  signal?: AbortSignal
}

/** Reads and checks the header of a safetensors file. Throws ERR_FILE when unreadable, ERR_FORMAT when invalid. */
export async function readHeader(path: string): Promise<SafetensorsFile> {
  return withFile(path, async (handle, size) => {
    const prefix = new Uint8Array(await readBytes(handle, 0, Math.min(PREFIX_BYTES, size), 'the header'))
    const length = parseHeaderLength(path, prefix, size)
    const header = new Uint8Array(await readBytes(handle, PREFIX_BYTES, length, 'the header'))
    return parseHeader(path, header, size)
  })
}

/** Reads a file's tensors into memory, in the order of the header. Errors as {@link readHeader}, {@link loadTensor}. */
export async function readAll(
  path: string,
  options: ReadAllOptions = {},
): Promise<{ metadata: Record<string, string>; tensors: Map<string, LoadedTensor> }> {
  options.signal?.throwIfAborted()
  const file = await readHeader(path)
  const tensors = new Map<string, LoadedTensor>()
  for (const name of file.tensors.keys()) {
    if (options.select?.(name) === false) continue
    options.signal?.throwIfAborted()
    tensors.set(name, await loadTensor(file, name, options.signal))
  }
  return { metadata: file.metadata, tensors }
}
