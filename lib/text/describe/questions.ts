/** What descriptions tell of an action: how it looks, or what happens step by step. */
export type DescriptionKind = 'spatial' | 'temporal'

/** One turn of a conversation with a language model. */
export interface Message {
  role: 'user' | 'assistant'
  content: string
}

const ABOUT = {
  spatial: 'the visual appearance',
  temporal: 'the temporally decoupled steps',
} as const satisfies Record<DescriptionKind, string>

/** The paper's prompt for the descriptions of one class. */
export function question(kind: DescriptionKind, name: string, count: number): Message {
  return {
    role: 'user',
    content: `Please give me ${count} sentences describing ${ABOUT[kind]} of the action ${name}.`,
  }
}

/** What to say to an answer that is not `count` sentences. */
export function reminder(count: number): Message {
  return {
    role: 'user',
    content: `Please answer with exactly ${count} ${count === 1 ? 'sentence' : 'sentences'}, each on a line of its own, and nothing else.`,
  }
}
