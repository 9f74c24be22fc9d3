import type { Patience } from './patience.js'
import { type DescriptionKind, type Message, question, reminder } from './questions.js'
import { isRefusal, sentencesOf, withoutLooseEnd } from './sentences.js'
import type { LanguageModel } from './service.js'

/** Why a class has no descriptions: refused, no words at all, too few sentences, or no answer from the service. */
export type DescribeReason = 'refused' | 'empty' | 'ragged' | 'service'

/** What came of asking for one class. */
export type ClassAnswer = { sentences: string[] } | { reason: DescribeReason; message: string }

const MOST_QUESTIONS = 3

/** Asks for `count` sentences on a class, again when an answer holds fewer. Throws ServiceError, the signal's reason. */
export async function askClass(
  model: LanguageModel,
  patience: Patience,
  { kind, name, count }: { kind: DescriptionKind; name: string; count: number },
  signal: AbortSignal,
): Promise<ClassAnswer> {
  const first = question(kind, name, count)
  let messages: Message[] = [first]
  let most = 0
  for (let asked = 0; asked < MOST_QUESTIONS; asked++) {
    const { text, isCut, isRefused } = await patience.run(() => model.ask(messages, signal), signal)
    if (isRefused) return { reason: 'refused', message: 'the service refused' }
    if (isRefusal(text))
      return { reason: 'refused', message: `the model refused: ${text.replace(/\s+/g, ' ').slice(0, 100)}` }
    const sentences = sentencesOf(isCut ? withoutLooseEnd(text) : text, count)
    if (sentences.length === count) return { sentences }
    most = Math.max(most, sentences.length)
    messages = text.trim() === '' ? [first] : [first, { role: 'assistant', content: text }, reminder(count)]
  }
  return most === 0
    ? { reason: 'empty', message: `${MOST_QUESTIONS} answers held no sentence` }
    : { reason: 'ragged', message: `${MOST_QUESTIONS} answers held at most ${most} of ${count} sentences` }
}
