import { checkWindows } from '../video/window-plan.js'
import type { Question } from './recogniser.js'
import { Refusal } from './refusal.js'

const MOST_LABELS = 1000
const MOST_CHARACTERS = 200
const LEAST_SECONDS = 0.1
const DEFAULT_WINDOW = 2

/** Reads what a request asks: `label=...` for each label, `window` and `stride` in seconds. @throws Refusal 400 */
export function readQuestion(query: URLSearchParams): Omit<Question, 'file'> {
  const labels = query.getAll('label').map((label) => label.trim())
  if (labels.length === 0 || labels.includes('')) throw new Refusal(400, 'Name the actions to choose from.')
  if (labels.length > MOST_LABELS)
    throw new Refusal(400, `${labels.length} labels are more than ${MOST_LABELS}.`)
  const long = labels.find((label) => label.length > MOST_CHARACTERS)
  if (long !== undefined) throw new Refusal(400, `A label has more than ${MOST_CHARACTERS} characters.`)
  if (new Set(labels).size < labels.length) throw new Refusal(400, 'A label comes twice.')
  const windowSeconds = seconds(query, 'window', DEFAULT_WINDOW)
  const strideSeconds = seconds(query, 'stride', windowSeconds / 2)
  checkWindows({ windowSeconds, strideSeconds })
  return { labels, windowSeconds, strideSeconds }
}

function seconds(query: URLSearchParams, name: string, usual: number): number {
  const text = query.get(name)
  if (text === null) return usual
  const value = Number(text)
  if (Number.isFinite(value) && value >= LEAST_SECONDS) return value
  throw new Refusal(400, `${name} must be seconds, at least ${LEAST_SECONDS}, not ${JSON.stringify(text)}.`)
}
