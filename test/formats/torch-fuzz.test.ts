/** Damaged checkpoints by the thousand: each is read or refused by a typed error, in bounded memory. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTensorFile } from '../../lib/formats/open.js'
import { loadTensor } from '../../lib/formats/tensor-reader.js'
import { MstaError } from '../../lib/runtime/errors.js'
import { observe } from '../support/observe.js'
import { seededRandom } from '../support/random.js'
import { fixture, integer, legacy, opcodes, tensor, text } from './torch-fixtures.js'

const folder = mkdtempSync(path.join(tmpdir(), 'msta-torch-fuzz-'))
const file = path.join(folder, 'damaged.pth')
const fuzz = suite('damaged PyTorch checkpoints')
fuzz.after(() => rmSync(folder, { recursive: true }))

// What all cases together may take beyond what the first ones did; a bomb that works takes more alone.
const MOST_MEMORY = 400e6
const SMALL = ['small.pth', 'small-legacy.pth', 'zip64.pth']

/** Whether every tensor of the file can be read; false when it is refused as it should be. */
async function isRead(content: Buffer): Promise<boolean> {
  writeFileSync(file, content)
  try {
    const opened = await openTensorFile(file)
    for (const name of opened.tensors.keys()) await loadTensor(opened, name)
    return true
  } catch (error) {
    if (error instanceof MstaError && ['ERR_FORMAT', 'ERR_FILE'].includes(error.code)) return false
    throw error
  }
}

function generator(seed: number) {
  const random = seededRandom(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  return { below, pick: <T>(values: readonly T[]): T => values[below(values.length)]! }
}

/** Runs cases; returns how many were read. */
async function count(cases: number, make: (n: number) => Buffer): Promise<number> {
  const before = process.memoryUsage().rss
  let read = 0
  for (let n = 0; n < cases; n++) if (await isRead(make(n))) read++
  const grown = process.memoryUsage().rss - before
  assert.ok(grown < MOST_MEMORY, `${grown} bytes`)
  return read
}

for (const name of SMALL) {
  const whole = readFileSync(fixture(name))

  fuzz(`${name}, cut at every byte, is refused`, async () => {
    assert.is(await count(whole.length, (length) => whole.subarray(0, length)), 0)
    assert.ok(await isRead(whole))
  })

  fuzz(`${name} with flipped bits and changed bytes is read or refused`, async () => {
    const { below } = generator(whole.length)
    const cases = 1500
    const read = await count(cases, (n) => {
      const damaged = Buffer.from(whole)
      for (let change = 0; change <= below(3); change++) {
        const at = below(damaged.length)
        damaged[at] = n % 2 === 0 ? damaged[at]! ^ (1 << below(8)) : below(256)
      }
      return damaged
    })
    assert.ok(read > 0 && read < cases, `${read} of ${cases} were read`)
    observe('pickles', { 'damaged files refused by a typed error': cases - read, 'read as valid ones': read })
  })
}

fuzz('archives whose directory is changed are read or refused', async () => {
  const whole = readFileSync(fixture('small.pth'))
  const start = whole.indexOf('PK\x01\x02', 0, 'latin1')
  const { below, pick } = generator(7)
  const cases = 2000
  const read = await count(cases, () => {
    const damaged = Buffer.from(whole)
    const width = pick([1, 2, 4, 8])
    const at = start + below(damaged.length - start - width)
    damaged.fill(pick([0, 1, 0x7f, 0x80, 0xff]), at, at + width)
    return damaged
  })
  assert.ok(read > 0 && read < cases, `${read} of ${cases} were read`)
  observe('pickles', { 'damaged files refused by a typed error': cases - read, 'read as valid ones': read })
})

fuzz('random opcodes are read or refused', async () => {
  const { below, pick } = generator(99)
  const known =
    '\x80\x95(012N\x88\x89JKM\x8a\x8bGTUX\x8c\x8dBC\x8e\x96]lae)t\x85\x86\x87}dsu\x8f\x90\x91qr\x94hjc\x93PQR\x81\x92oib'
  const parts: (() => Buffer | string)[] = [
    () => pick([...known]),
    () => String.fromCharCode(below(256)),
    () =>
      pick(['(', '}', ']', ')', 's', 'u', 'e', 'a', 't', 'R', '\x94', '0', '2', 'h\x00', 'q\x00', 'K\x02']),
    () => text(pick(['a', 'model', 'storage', 'cpu', '0'])),
    () => integer(below(2 ** 31)),
    () => tensor('0', 4, below(5), [below(4), below(4)], [below(4), below(4)]),
    () =>
      pick(['ccollections\nOrderedDict\n', 'ctorch\nFloatStorage\n', 'c__torch__\nM\n', 'ctorch\nSize\n']),
    () => pick(['cposix\nsystem\n', 'ctorch._utils\n_rebuild_parameter\n', 'cargparse\nNamespace\n']),
  ]
  const random = await count(5000, () => {
    const object = Array.from({ length: 1 + below(40) }, () => pick(parts)())
    return legacy(opcodes('}', ...object), { 0: [1, 2, 3, 4] })
  })
  assert.ok(random < 5000)
  const plausible = await count(2000, () => {
    const items = Array.from({ length: 1 + below(6) }, (_, i) => [text(`t${i}`), pick(parts.slice(3, 6))()])
    return legacy(opcodes('}(', ...items.flat(), 'u'), { 0: [1, 2, 3, 4] })
  })
  assert.ok(plausible > 100 && plausible < 2000, `${plausible} of 2000 were read`)
})

fuzz.run()
