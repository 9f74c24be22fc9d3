/** Making a list of sentences of what a language model wrote. */
import { isJsonObject } from '../../formats/json.js'

// A bullet, "1." (but not the start of "1.5 m"), "(1)", "Sentence 1:" or "Step 1 -".
const MARK = /^(?:[-*•‣▪–—]\s+|\(?\d{1,3}[.):]\)?(?!\d)\s*|(?:sentence|step)\s+\d{1,3}\s*[.:)–-]\s*)/iu
const NUMBER_WITHIN_LINE = /(?<=[.!?]["'”’]?)\s+(?=\d{1,3}[.)]\s)/gu
const PREAMBLE = /:$|^(?:sure|certainly|of course)\b|^(?:here|below) (?:are|is)\b.*\bsentences?\b/iu
const SENTENCE_END = /[.!?]["'”’)]?$/u
// Quotes around the whole, with none of their kind inside but apostrophes.
const IN_QUOTES =
  /^(?:"([^"]*)"|'((?:[^']|(?<=\p{L})'(?=\p{L}))*)'|“([^“”]*)”|‘((?:[^‘’]|(?<=\p{L})’(?=\p{L}))*)’|«([^«»]*)»)$/u
const REFUSAL =
  /^(?:(?:i['’]?m|i am|we['’]re) (?:very |so |truly )?(?:sorry|unable|not able)|sorry\b|i apologi[sz]e\b|i (?:can(?:not|['’]t)|won['’]t|must decline)|as an ai\b)/iu

/** Whether an answer begins as a refusal does. */
export function isRefusal(answer: string): boolean {
  return REFUSAL.test(withoutThoughts(answer).trim())
}

/**
 * The sentences of an answer, without numbers, bullets, quotes, markup and the words around a list. At most `count`;
 * fewer when the answer holds no more.
 */
export function sentencesOf(answer: string, count: number): string[] {
  const text = withoutThoughts(answer)
    .replace(/^\s*```.*$/gm, '')
    .trim()
  const items = (itemsOfJson(text) ?? itemsOfLines(text)).map(clean).filter((item) => /\p{L}/u.test(item))
  const sentences = items.length < count ? items.flatMap(splitSentences) : items
  return sentences.slice(0, count)
}

/** An answer that was cut off, without the sentence that has no end. */
export function withoutLooseEnd(answer: string): string {
  return answer.slice(0, Math.max(...['.', '!', '?'].map((end) => answer.lastIndexOf(end))) + 1)
}

const withoutThoughts = (answer: string) => answer.replace(/<think>[\s\S]*?(?:<\/think>|$)/g, '')

function itemsOfJson(text: string): string[] | undefined {
  if (!/^[[{]/.test(text)) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const items = isJsonObject(value) ? Object.values(value).flat() : (value as unknown[])
  const isText = items.every((item) => typeof item === 'string')
  return isText ? (items as string[]) : undefined
}

function itemsOfLines(text: string): string[] {
  const lines = text
    .replace(NUMBER_WITHIN_LINE, '\n')
    .split('\n')
    .map((line) => line.replace(/\*\*|__/g, '').trim())
    .filter((line) => line !== '' && !/^#{1,6}\s/.test(line))
  if (lines.some((line) => MARK.test(line))) return markedItems(lines)
  const items = lines.filter((line, i) => i > 0 || lines.length === 1 || !PREAMBLE.test(line))
  return items.length === 1 ? splitSentences(items[0]!) : items
}

/** Items that start with a mark; what follows one without a full stop belongs to it, other lines surround the list. */
function markedItems(lines: readonly string[]): string[] {
  const items: string[] = []
  for (const line of lines) {
    const previous = items.at(-1)
    if (MARK.test(line)) items.push(line.replace(MARK, ''))
    else if (previous !== undefined && !SENTENCE_END.test(previous)) items[items.length - 1] += ` ${line}`
  }
  return items
}

function splitSentences(text: string): string[] {
  const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })
  return [...segmenter.segment(text)].map(({ segment }) => segment.trim()).filter((part) => part !== '')
}

function clean(item: string): string {
  let text = item.replace(/\s+/g, ' ').trim()
  text = text.replace(MARK, '').replace(/(["”’]),$/u, '$1')
  const quoted = IN_QUOTES.exec(text)
    ?.slice(1)
    .find((part) => part !== undefined)
  return (quoted ?? text).trim()
}
