/** Files damaged by chance, thousands of them, and what reading one may do: give a value, or a typed error. */
import { writeFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { MstaError } from '../../lib/runtime/errors.js'
import type { FaultName } from '../reliability/faults.js'
import { observe } from './observe.js'
import { seededRandom } from './random.js'

/** Draws of a seeded generator. */
export interface Chance {
  /** A whole number from 0, below `limit`. */
  below(limit: number): number
  pick<T>(values: readonly T[]): T
}

export function chance(seed: number): Chance {
  const random = seededRandom(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  return { below, pick: (values) => values[below(values.length)]! }
}

/** What breaks readers of text: separators and brackets, numbers that are none, names with a meaning, odd characters. */
const ODD_TEXTS = [
  ...[
    '\0',
    '\r',
    '\n',
    '\r\n',
    '\t',
    '"',
    '""',
    "'",
    ',',
    ';',
    '#',
    '\\',
    '/',
    '../',
    '\ufeff',
    '\u2028',
    '\u00a0',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    ':',
    '[[[[[[[[',
    '{"":{"":',
    '\\u0000',
    '\\ud800',
    '\ud800',
    '\udc00',
    '\u{1f600}',
    '\u0130',
  ],
  ...[
    '0',
    '-1',
    '1.5',
    '1e400',
    '-0',
    '9007199254740993',
    '99999999999999999999',
    '00',
    '0x10',
    'NaN',
    'Infinity',
  ],
  ...[
    'null',
    'true',
    '{}',
    '[]',
    '""',
    '__proto__',
    'constructor',
    'toString',
    'length',
    ' '.repeat(300),
    'a'.repeat(300),
  ],
].map((text) => Buffer.from(text))

/** A copy of `whole` with one to four changes: flipped bits, other bytes, odd texts, pieces left out or repeated, an early end. */
export function damaged(whole: Buffer, { below, pick }: Chance): Buffer {
  let bytes = Buffer.from(whole)
  for (let change = below(4); change >= 0 && bytes.length > 0; change--) {
    const at = below(bytes.length)
    const end = Math.min(bytes.length, at + below(40))
    const [head, piece, tail] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)]
    const kind = below(7)
    if (kind === 0) bytes[at]! ^= 1 << below(8)
    else if (kind === 1) bytes[at] = below(256)
    else if (kind === 2) bytes = Buffer.concat([head, pick(ODD_TEXTS), piece, tail])
    else if (kind === 3) bytes = Buffer.concat([head, pick(ODD_TEXTS), tail])
    else if (kind === 4) bytes = Buffer.concat([head, tail])
    else if (kind === 5) bytes = Buffer.concat([head, piece, piece, tail])
    else if (below(4) === 0) bytes = bytes.subarray(0, at)
  }
  return bytes
}

/** Values of every kind, for {@link changedJson}. */
const ODD_VALUES: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e300,
    2 ** 53,
    '',
    ' ',
    '0',
    'x',
    '\0',
    '{}',
    [],
    {},
    [[]],
    [null],
    { a: 1 },
  ],
  ...[{ length: 3 }, { constructor: 1 }, 'b16', 'auto', [1, 2], ['a', 'a'], [0.5, 0.1]],
]

/** A copy of a JSON value in which one to three values are replaced, left out or added, at any depth. */
export function changedJson(value: unknown, draws: Chance): unknown {
  let changed = structuredClone(value)
  for (let change = draws.below(3); change >= 0; change--) changed = changedOnce(changed, draws)
  return changed
}

function changedOnce(value: unknown, draws: Chance): unknown {
  const { below, pick } = draws
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : []
  if (keys.length === 0 || below(12) === 0) return structuredClone(pick(ODD_VALUES))
  const inner = value as Record<string, unknown>
  const key = pick(keys)
  const kind = below(8)
  if (kind === 0) delete inner[key]
  else if (kind === 1) inner[pick(['x', '', '0', 'constructor', 'name'])] = structuredClone(pick(ODD_VALUES))
  else if (kind === 2) inner[key] = structuredClone(inner[pick(keys)])
  else inner[key] = changedOnce(inner[key], draws)
  return inner
}

/** How many cases were read, and how many refused. */
export interface Outcome {
  read: number
  refused: number
}

/**
 * Writes `cases` contents to `file`, one after the other, and reads each. How many were refused by which code is
 * observed of `fault`.
 * @throws AssertionError for an error that is no MstaError or names neither the file nor a line of it
 */
export async function readEach(
  fault: FaultName,
  file: string,
  cases: number,
  make: (n: number) => Buffer | string,
  read: () => Promise<unknown>,
): Promise<Outcome> {
  const outcome: Outcome = { read: 0, refused: 0 }
  const codes: Record<string, number> = {}
  for (let n = 0; n < cases; n++) {
    const content = make(n)
    writeFileSync(file, content)
    try {
      await read()
      outcome.read++
    } catch (error) {
      const shown = JSON.stringify(
        Buffer.from(content as string)
          .toString('latin1')
          .slice(0, 2000),
      )
      if (!(error instanceof MstaError)) throw new Error(`case ${n}: ${error}; ${shown}`, { cause: error })
      assert.ok(error.file?.startsWith(file), `case ${n}: "${error.message}" names ${error.file}; ${shown}`)
      outcome.refused++
      const refused = `refused with ${error.code}`
      codes[refused] = (codes[refused] ?? 0) + 1
    }
  }
  observe(fault, { 'damaged files read as they were, or as valid ones': outcome.read, ...codes })
  return outcome
}

/** Both must have happened, or the cases say little. */
export function isMixed({ read, refused }: Outcome): void {
  assert.ok(read > 0 && refused > 0, `${read} read, ${refused} refused`)
}

/** Damaged copies of a text are read or refused, both; the text itself is read. */
export async function readDamaged(
  file: string,
  content: string,
  cases: number,
  read: (file: string) => Promise<unknown>,
): Promise<void> {
  const draws = chance(content.length)
  const copy = () => damaged(Buffer.from(content), draws)
  isMixed(await readEach('texts', file, cases, copy, () => read(file)))
  writeFileSync(file, content)
  await read(file)
}
