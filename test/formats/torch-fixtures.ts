import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { readHeader, type TensorFile } from '../../lib/formats/safetensors.js'

const FOLDER = path.resolve(fileURLToPath(new URL('.', import.meta.url)), '../../../test/fixtures/torch')

/** A file that test/fixtures/torch/make.py has written. */
export const fixture = (name: string): string => path.join(FOLDER, name)

/** What is in a safetensors file, byte by byte: type and shape and values of every tensor. */
export async function contentsOf(file: string): Promise<Map<string, string>> {
  const [header, bytes] = await Promise.all([readHeader(file), readFile(file)])
  const described = [...header.tensors].map(([name, { dtype, shape, offset, bytes: length }]) => {
    const values = bytes.subarray(offset, offset + length).toString('hex')
    return [name, `${dtype} [${shape}] ${values}`] as const
  })
  return new Map(described.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Names of the tensors in a file, sorted. */
export const namesOf = (file: TensorFile): string[] => [...file.tensors.keys()].sort()

/** A pickle's text. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return Buffer.concat([Buffer.from('X'), length, bytes])
}

/** A pickle's integer from 0 to 2 ** 31 - 1. */
export function integer(value: number): Buffer {
  const bytes = Buffer.alloc(5, 'J')
  bytes.writeInt32LE(value, 1)
  return bytes
}

/** Opcodes: texts are taken letter by letter, as opcodes and lines. */
export const opcodes = (...parts: (string | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string, 'latin1')))

/**
 * The opcodes of a float32 tensor that is a view of storage `key` of `count` numbers; of some of them only, as very old
 * PyTorch wrote it, with a `window`.
 */
export function tensor(
  key: string,
  count: number,
  first: number,
  shape: number[],
  strides: number[],
  window?: [first: number, count: number],
): Buffer {
  const tuple = (numbers: number[]) => opcodes('(', ...numbers.map(integer), 't')
  const storage = opcodes(
    '(',
    text('storage'),
    'ctorch\nFloatStorage\n',
    text(key),
    text('cpu'),
    integer(count),
    ...(window ? ['(', text(`${key}-${window[0]}`), ...window.map(integer), 't'] : []),
    'tQ',
  )
  const parts = [
    storage,
    integer(first),
    tuple(shape),
    tuple(strides),
    '\x89',
    'ccollections\nOrderedDict\n)R',
  ]
  return opcodes('ctorch._utils\n_rebuild_tensor_v2\n(', ...parts, 'tR')
}

/** A legacy checkpoint around the opcodes of an object, with storages of float32 numbers. */
export function legacy(object: Buffer, storages: Record<string, number[]> = {}): Buffer {
  const head = opcodes(
    '\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.',
    '\x80\x02M\xe9\x03.',
    '\x80\x02}',
    text('little_endian'),
    '\x88s.',
  )
  const keys = opcodes('\x80\x02](', ...Object.keys(storages).map(text), 'e.')
  const numbers = Object.values(storages).map((values) => {
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(values.length))
    return Buffer.concat([length, Buffer.from(Float32Array.from(values).buffer)])
  })
  return Buffer.concat([head, opcodes('\x80\x02', object, '.'), keys, ...numbers])
}
