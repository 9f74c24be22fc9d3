/** Any text goes through the tokenizer and comes back; damaged description files are read or refused. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cleanText } from '../../lib/text/clean.js'
import { readDescriptions } from '../../lib/text/descriptions.js'
import { ClipTokenizer } from '../../lib/text/tokenizer.js'
import { type Chance, chance, changedJson, damaged, isMixed, readEach } from '../support/damage.js'
import { observe } from '../support/observe.js'

const folder = mkdtempSync(path.join(tmpdir(), 'msta-hostile-texts-'))
const hostile = suite('hostile texts')
hostile.after(() => rmSync(folder, { recursive: true }))

// First and last code points: whole planes, and what cleaning and splitting treat in ways of their own.
const RANGES: readonly (readonly [number, number])[] = [
  [0x20, 0x7e],
  [0x20, 0x7e],
  [0, 0xff],
  [0x0300, 0x0370],
  [0, 0xffff],
  [0x2000, 0x206f],
  [0xd800, 0xdfff],
  [0xfb00, 0xffff],
  [0x1f300, 0x1faff],
  [0, 0x10ffff],
]
const PIECES = [
  '&amp;',
  '&#x41;',
  '&lt',
  '<|endoftext|>',
  '<|startoftext|>',
  "'s",
  "'ll",
  '\x1b[0m',
  '\r\n',
  '&&#38;amp;',
  'ﬁ',
  'İ',
]

function anyText({ below, pick }: Chance): string {
  const [first, last] = pick(RANGES)
  const character = () =>
    below(12) === 0 ? pick(PIECES) : String.fromCodePoint(first + below(last - first + 1))
  return Array.from({ length: below(60) }, character).join('')
}

hostile(
  '20000 texts of any unicode: ids within the vocabulary, one start, one end, and the text comes back',
  () => {
    const clip = ClipTokenizer.load()
    const draws = chance(20)
    // What the pattern of words leaves out (U+0345), and what words have between them.
    const bare = (text: string) => text.replace(/\p{White_Space}|\u0345/gu, '')
    for (let n = 0; n < 20_000; n++) {
      const text = anyText(draws)
      const ids = clip.encode(text)
      const shown = JSON.stringify(text)
      assert.is(ids[0], clip.sot, shown)
      assert.is(ids.at(-1), clip.eot, shown)
      assert.ok(
        ids.every((id) => Number.isInteger(id) && id >= 0 && id < clip.vocabularySize),
        shown,
      )
      assert.is(bare(clip.decode(ids.slice(1, -1))), bare(cleanText(text)), shown)
      assert.equal(clip.encode(text), ids, 'encoding twice differs')
    }
    observe('texts', { 'texts of any unicode encoded and back': 20_000 })
  },
)

hostile('5000 texts cut to any length end with an end, and are padded with zeros', () => {
  const clip = ClipTokenizer.load()
  const draws = chance(21)
  for (let n = 0; n < 5000; n++) {
    const text = anyText(draws)
    const length = 2 + draws.below(40)
    const whole = clip.encode(text)
    const { ids, lengths, truncated } = clip.encodeBatch([text], length)
    assert.is(ids.length, length)
    assert.is(truncated[0], whole.length > length)
    assert.is(ids[lengths[0]! - 1], clip.eot)
    const used = Math.min(length, whole.length)
    assert.equal([...ids.subarray(0, used - 1)], whole.slice(0, used - 1))
    assert.ok(ids.subarray(used).every((id) => id === 0))
  }
})

const DESCRIPTIONS = {
  0: ['a person draws a bow', 'an arrow flies'],
  1: ['"quoted" \\ and ünïcode \u{1f600}'],
  2: ['a', 'b', 'c'],
}
const file = path.join(folder, 'descriptions.json')

async function read(classes?: number): Promise<void> {
  const lists = await readDescriptions(file, classes === undefined ? {} : { classes })
  assert.ok(lists.length > 0)
  for (const sentences of lists)
    assert.ok(sentences.length > 0 && sentences.every((sentence) => sentence.trim() !== ''))
}

hostile('4000 damaged description files are read or refused', async () => {
  const whole = Buffer.from(JSON.stringify(DESCRIPTIONS, null, 1))
  const draws = chance(22)
  isMixed(
    await readEach(
      'texts',
      file,
      2000,
      () => damaged(whole, draws),
      () => read(draws.pick([undefined, 3])),
    ),
  )
  const make = () => JSON.stringify(changedJson(DESCRIPTIONS, draws))
  isMixed(await readEach('texts', file, 2000, make, () => read(draws.pick([undefined, 3]))))
})

hostile('long and deep ones take about linear time', async () => {
  const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, id) => [id, ['a sentence']]))
  const contents = [
    JSON.stringify(many),
    JSON.stringify({ 0: ['\\'.repeat(9e6)] }),
    `{"0":${'['.repeat(3e6)}`,
    `{"0":${'['.repeat(5000)}${']'.repeat(5000)}}`,
  ]
  const started = process.cpuUsage()
  await readEach(
    'texts',
    file,
    contents.length,
    (n) => contents[n]!,
    () => read(),
  )
  writeFileSync(file, '')
  const { user, system } = process.cpuUsage(started)
  assert.ok(user + system < 30e6, `${user + system} µs`)
})

hostile.run()
