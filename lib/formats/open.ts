import { stat } from 'node:fs/promises'
import path from 'node:path'
import { MstaError } from '../runtime/errors.js'
import { readBytes, withFile } from './file-bytes.js'
import { readHeader } from './safetensors-reader.js'
import { openSharded } from './sharded.js'
import type { TensorFile } from './tensor-file.js'
import { openArchive } from './torch/archive.js'
import { openLegacy } from './torch/legacy.js'

/** Files of a folder that may hold its weights, best first. */
const IN_FOLDER = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
]

const SIGNATURE_BYTES = 16
// Eight bytes of a length, of which the upper three are zero, and a JSON object. It comes first: the length may begin as
// any of the others does.
const SAFETENSORS = /^[\s\S]{5}\0{3}\{/
const ZIP = 'PK'
const PICKLE = '\x80'
const JSON_OBJECT = '{'
const LFS_POINTER = 'version https:'

/** What else people take for weights, with what to do. */
function refuse(file: string, start: string): void {
  const fail = (what: string, remedy: string): MstaError =>
    new MstaError('ERR_FORMAT', `${file}: ${what}. ${remedy}`, { file })
  if (start.startsWith(LFS_POINTER))
    throw fail('is a pointer of Git LFS, not the file itself', 'Run git lfs pull, or download it again.')
  if (/^\s*<(!doctype|html|\?xml)/i.test(start))
    throw fail('is a web page, not a file of weights', 'Download it again, from the link to the file itself.')
}

async function fileOfFolder(folder: string): Promise<string> {
  for (const name of IN_FOLDER) {
    const file = path.join(folder, name)
    if (await stat(file).catch(() => undefined)) return file
  }
  const message = `${folder}: has none of ${IN_FOLDER.join(', ')}. Name the file itself.`
  throw new MstaError('ERR_FILE', message, { file: folder })
}

async function readStart(file: string, signal?: AbortSignal): Promise<string> {
  const read = (handle: Parameters<typeof readBytes>[0], size: number) =>
    readBytes(handle, 0, Math.min(size, SIGNATURE_BYTES), 'the start')
  return Buffer.from(await withFile(file, read, signal)).toString('latin1')
}

/**
 * Opens a file of tensors, of whatever kind its content is: safetensors; a PyTorch checkpoint or TorchScript archive,
 * of which nothing is run; an index of several such files. Of a folder, its `model.safetensors`, `pytorch_model.bin` or
 * the index of either (`*.index.json`).
 * @throws MstaError ERR_FILE when it cannot be read, ERR_FORMAT when it is of no such kind, damaged, or asks for
 *   Python objects other than tensors; the signal's reason
 */
export async function openTensorFile(
  fileOrFolder: string,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<TensorFile> {
  const { signal } = options
  const isFolder = (await stat(fileOrFolder).catch(() => undefined))?.isDirectory() ?? false
  const file = isFolder ? await fileOfFolder(fileOrFolder) : fileOrFolder
  return (await isIndex(file, signal)) ? openSharded(file, openPlain, signal) : openPlain(file, signal)
}

async function isIndex(file: string, signal?: AbortSignal): Promise<boolean> {
  const start = await readStart(file, signal)
  return start.startsWith(JSON_OBJECT) && !SAFETENSORS.test(start)
}

/** Opens one file that is no index. */
async function openPlain(file: string, signal?: AbortSignal): Promise<TensorFile> {
  const start = await readStart(file, signal)
  refuse(file, start)
  if (SAFETENSORS.test(start)) return readHeader(file)
  if (start.startsWith(ZIP)) return openArchive(file, signal)
  if (start.startsWith(PICKLE)) return openLegacy(file, signal)
  return readHeader(file)
}
