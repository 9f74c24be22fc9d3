import { readFile } from 'node:fs/promises'
import { findDuplicateKey, isJsonObject, parseJson } from '../formats/json.js'
import { MstaError } from '../runtime/errors.js'
import { ClipTokenizer } from './tokenizer.js'

/** What a description file is checked against. */
export interface DescriptionOptions {
  /** Number of classes in the labels the descriptions belong to; unchecked when left out. */
  classes?: number
  signal?: AbortSignal
}

const SHAPE =
  'Expected {"0": ["a sentence", ...], "1": [...], ...}, one list of sentences for every class id.'

/**
 * Descriptions in ETL4Video's format, `{"<class id>": [sentences]}`: the sentences of class c at index c.
 * Lists may differ in length but not be empty. Throws ERR_FILE when `file` cannot be read, ERR_FORMAT (with the key
 * at fault) when it is not of that form, ERR_LABELS when its classes are not those of the labels.
 */
export async function readDescriptions(file: string, options: DescriptionOptions = {}): Promise<string[][]> {
  let text: string
  try {
    text = await readFile(file, { encoding: 'utf8', ...(options.signal && { signal: options.signal }) })
  } catch (cause) {
    options.signal?.throwIfAborted()
    throw new MstaError('ERR_FILE', `${file}: cannot read the descriptions (${(cause as Error).message}).`, {
      file,
      cause,
    })
  }
  return parseDescriptions(text, file, options.classes)
}

/** {@link readDescriptions} of a text already read; `file` names it in errors. */
export function parseDescriptions(text: string, file: string, classes?: number): string[][] {
  const value = parseObject(text, file)
  const count = classes ?? Object.keys(value).length
  const entries = checkEntries(value, file, count, classes !== undefined)
  return Array.from({ length: count }, (_, id) => {
    const sentences = entries.get(id)
    if (sentences) return sentences
    const wanted = classes === undefined ? `0 to ${count - 1}` : `all ${count} classes of the labels`
    throw new MstaError('ERR_LABELS', `${file}: class "${id}" has no descriptions; expected ${wanted}.`, {
      file,
    })
  })
}

/** Descriptions of some of `classes` classes, by class id: a file that is still being made. Throws as the above. */
export function parseUnfinishedDescriptions(
  text: string,
  file: string,
  classes: number,
): Map<number, string[]> {
  return checkEntries(parseObject(text, file), file, classes, true)
}

function checkEntries(
  value: Record<string, unknown>,
  file: string,
  count: number,
  fromLabels: boolean,
): Map<number, string[]> {
  for (const key of Object.keys(value)) checkKey(key, count, file, fromLabels)
  return new Map(
    Object.entries(value).map(([key, sentences]) => [Number(key), checkSentences(sentences, key, file)]),
  )
}

function parseObject(json: string, file: string): Record<string, unknown> {
  const text = json.replace(/^\ufeff/, '')
  let value: unknown
  try {
    value = parseJson(text)
  } catch (cause) {
    throw new MstaError('ERR_FORMAT', `${file}: not valid JSON (${(cause as Error).message}). ${SHAPE}`, {
      file,
      cause,
    })
  }
  if (!isJsonObject(value) || Object.keys(value).length === 0) {
    throw new MstaError('ERR_FORMAT', `${file}: holds no descriptions. ${SHAPE}`, { file })
  }
  const duplicate = findDuplicateKey(text)
  if (duplicate !== undefined) {
    throw new MstaError('ERR_FORMAT', `${file}: key "${duplicate}" occurs twice. Keep one.`, { file })
  }
  return value
}

function checkKey(key: string, count: number, file: string, fromLabels: boolean): void {
  if (!/^(0|[1-9]\d{0,8})$/.test(key)) {
    throw new MstaError('ERR_FORMAT', `${file}: key "${key}" is not a class id. ${SHAPE}`, { file })
  }
  if (Number(key) < count) return
  const reason = fromLabels
    ? `the labels have ${count} classes. Use the descriptions made for these labels.`
    : `the file has ${count} classes, so ids end at ${count - 1}.`
  throw new MstaError('ERR_LABELS', `${file}: key "${key}" is beyond the last class: ${reason}`, { file })
}

function checkSentences(value: unknown, key: string, file: string): string[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new MstaError(
      'ERR_FORMAT',
      `${file}: key "${key}" is not a list of at least one sentence. ${SHAPE}`,
      { file },
    )
  }
  for (const sentence of value) {
    if (typeof sentence !== 'string' || sentence.trim() === '') {
      const shown = JSON.stringify(sentence)
      throw new MstaError('ERR_FORMAT', `${file}: key "${key}" holds ${shown} where a sentence should be.`, {
        file,
      })
    }
  }
  return value as string[]
}

/**
 * How many of `texts` have more tokens than the text encoder takes, 32 in ViCLIP: of these it reads the beginning.
 * Throws ERR_LOAD when the tokenizer's vocabulary is missing.
 */
export async function countTooLong(texts: readonly string[], contextLength = 32): Promise<number> {
  const tokenizer = await ClipTokenizer.ready()
  const { truncated } = tokenizer.encodeBatch(texts, contextLength)
  return truncated.filter(Boolean).length
}
