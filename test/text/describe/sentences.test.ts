import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isRefusal, sentencesOf, withoutLooseEnd } from '../../../lib/text/describe/sentences.js'

const sentences = suite('sentences of an answer')
const TWO = ['A man draws a bow.', 'He lets the arrow fly.']
const [A, B] = TWO as [string, string]

const FORMS: Record<string, string> = {
  lines: `${A}\n${B}`,
  'blank lines, CRLF': `${A}\r\n\r\n${B}\r\n`,
  numbers: `1. ${A}\n2. ${B}`,
  'numbers with brackets': `1) ${A}\n2) ${B}`,
  'numbers in brackets': `(1) ${A}\n(2) ${B}`,
  'numbers in bold': `**1.** ${A}\n**2.** ${B}`,
  'numbers on one line': `1. ${A} 2. ${B}`,
  bullets: `- ${A}\n- ${B}`,
  'other bullets': `• ${A}\n* ${B}`,
  'words before numbers': `Sentence 1: ${A}\nSentence 2: ${B}`,
  steps: `Step 1: ${A}\nStep 2: ${B}`,
  quotes: `"${A}"\n“${B}”`,
  'numbers and quotes': `1. "${A}"\n2. '${B}'`,
  'words around a list': `Sure! Here are two sentences:\n\n1. ${A}\n2. ${B}\n\nLet me know if you need more!`,
  'words before lines': `Here are two sentences:\n${A}\n${B}`,
  'one paragraph': `${A} ${B}`,
  'a preamble and a paragraph': `Certainly:\n${A} ${B}`,
  'JSON list': JSON.stringify(TWO),
  'JSON object': JSON.stringify({ sentences: TWO }),
  'JSON in a fence': `\`\`\`json\n${JSON.stringify(TWO, null, 2)}\n\`\`\``,
  'JSON that is none': `[\n  "${A}",\n  "${B}",\n]`,
  'a heading': `## Archery\n${A}\n${B}`,
  'an item in two lines': `1. A man draws\n   a bow.\n2. ${B}`,
  'thoughts first': `<think>1. What is archery?\n2. Hm.</think>\n${A}\n${B}`,
  'too many': `1. ${A}\n2. ${B}\n3. He smiles.`,
}

sentences('one list comes of every form', () => {
  for (const [form, answer] of Object.entries(FORMS)) assert.equal(sentencesOf(answer, 2), TWO, form)
})

sentences('numbers, quotes and dashes of a sentence itself stay', () => {
  for (const text of [
    '2.5 metres of rope hang down.',
    '100 people run.',
    'A man says "go" and runs.',
    '"Go", he says, "now."',
    'Here is a man on skis.',
    'Well-lit rooms.',
  ])
    assert.equal(sentencesOf(text, 1), [text])
})

sentences('what is too short gives fewer, also none', () => {
  assert.equal(sentencesOf(`1. ${A}`, 2), [A])
  for (const empty of ['', ' \n ', '```\n```', '1.\n2.', '[]', '{}', '...', '<think>no end'])
    assert.equal(sentencesOf(empty, 2), [], empty)
})

sentences('apostrophes do not end a quotation', () => {
  assert.equal(sentencesOf("'He doesn't fall.'\n‘He doesn’t fall.’", 2), [
    "He doesn't fall.",
    'He doesn’t fall.',
  ])
})

sentences('two sentences in one item are two when two are wanted', () => {
  assert.equal(sentencesOf(`- ${A} ${B}`, 2), TWO)
  assert.equal(sentencesOf(JSON.stringify([`${A} ${B}`]), 2), TWO)
})

sentences('refusals are told from sentences', () => {
  for (const text of [
    "I'm sorry, but I can't help with that.",
    'I’m sorry, I cannot.',
    'Sorry, no.',
    'I cannot describe violence.',
    'As an AI language model, I do not watch videos.',
    '<think>no</think> I am unable to do this.',
  ])
    assert.ok(isRefusal(text), text)
  for (const text of [A, 'A man says: I cannot swim.', 'In the video I see a man.', ''])
    assert.not(isRefusal(text), text)
})

sentences('a cut answer loses the sentence without an end', () => {
  assert.is(withoutLooseEnd(`${A} He lets the`), A)
  assert.is(withoutLooseEnd('He lets the'), '')
})

sentences.run()
