/** Lists of every family, damaged by the thousand: read, or refused by an error that names the file. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readList } from '../../lib/data/lists.js'
import { chance, damaged, isMixed, readDamaged, readEach } from '../support/damage.js'
import { hasCode, rejection } from '../support/errors.js'
import { tarOf } from '../support/tar.js'

const folder = mkdtempSync(path.join(tmpdir(), 'msta-hostile-lists-'))
const hostile = suite('hostile lists')
hostile.before(() => {
  // A path with a space is taken for one where the file exists.
  mkdirSync(path.join(folder, 'wave'))
  writeFileSync(path.join(folder, 'wave', 'two three.avi'), '')
})
hostile.after(() => rmSync(folder, { recursive: true }))

const CASES = 2000
const NAMES = ['brush hair', 'wave', 'Holding something next to something']

const FAMILIES: Record<string, string> = {
  'path label.txt': 'brush_hair/one.avi 0\nwave/two three.avi 1\r\n\nwave/four.avi 1\n',
  'path,label.csv': 'brush_hair/one.avi,0\n"wave/two.avi",1\nwave/three.avi , 1\n',
  'folders.txt': 'brush_hair/one.avi\nwave/two.avi\nwave/three.avi\n',
  'from one.txt': 'brush_hair/one.avi 1\nwave/two.avi 2\nwave/three.avi 2\n',
  'frames.txt': 'brush_hair/one 40 0\nwave/two three 12 1\nwave/four 7 1\n',
  'kinetics.csv':
    'label,youtube_id,time_start,time_end,split\n"brush hair",abc,1,11,train\nwave,de-f,21,31,val\nwave,x,,,train\n',
  'ssv2.json': JSON.stringify(
    [
      {
        id: '78687',
        label: 'holding',
        template: 'Holding [something] next to [something]',
        placeholders: ['a'],
      },
      { id: 42326, template: 'Wave' },
    ],
    null,
    1,
  ),
}

async function read(file: string): Promise<void> {
  const { entries, names } = await readList(file, { root: folder, names: NAMES })
  assert.ok(entries.length > 0)
  for (const { label, path: name, line } of entries) {
    assert.ok(Number.isSafeInteger(label) && label >= 0 && label < names!.length, `label ${label}`)
    assert.ok(name !== '' && line > 0)
  }
}

for (const [name, content] of Object.entries(FAMILIES)) {
  hostile(`${name}: ${CASES} damaged copies are read or refused`, () =>
    readDamaged(path.join(folder, name), content, CASES, read),
  )
}

hostile('splits of HMDB: likewise', async () => {
  const splits = path.join(folder, 'splits')
  mkdirSync(splits)
  writeFileSync(path.join(splits, 'wave_test_split1.txt'), 'two.avi 1\n')
  const file = path.join(splits, 'brush_hair_test_split1.txt')
  const whole = Buffer.from('one.avi 1\nfour five.avi 2 \nsix.avi 0\nseven.avi 1\n')
  const draws = chance(5)
  const make = () => damaged(whole, draws)
  isMixed(await readEach('texts', file, CASES, make, () => read(`${splits}#train1`)))
})

hostile('labels within shards: likewise', async () => {
  const file = path.join(folder, 'samples.tar')
  const draws = chance(6)
  const LABELS = [
    { name: 'a.cls', content: '1' },
    { name: 'a.json', content: '{"label": "wave", "more": [1]}' },
    { name: 'a.txt', content: 'brush hair\n' },
  ]
  const make = () => {
    const { name, content } = draws.pick(LABELS)
    return tarOf({ name: 'a.mp4', content: 'x' }, { name, content: damaged(Buffer.from(content), draws) })
  }
  isMixed(await readEach('texts', file, CASES, make, () => read(file)))
})

// Each of these took minutes or more with a reader that looks back, or anew, at every character or line.
const LONG = 400_000
const SLOW: Record<string, string> = {
  'spaces.txt': `a${' '.repeat(LONG)}b\n`,
  'spaces in the second line.txt': `a 3 0\na${' '.repeat(LONG)}b\n`,
  'spaces before a comma.txt': `a${' '.repeat(LONG)}b,c\n`,
  'digits.txt': `a ${'1'.repeat(LONG)}b\n`,
  'numbers.txt': `a ${'1 '.repeat(LONG / 2)}b\n`,
  'quotes.csv': `label,youtube_id\n${'"'.repeat(LONG + 1)}\n`,
  'slashes.txt': `${'a/'.repeat(LONG / 2)}\n`,
  'brackets.json': `[{"id":"1","template":${'['.repeat(LONG)}`,
  'a long text.json': JSON.stringify([{ id: 1, template: `wave${'\\'.repeat(9e6)}` }]),
  'many objects.json': JSON.stringify(Array.from({ length: 1e5 }, (_, id) => ({ id, template: `[${id}]` }))),
  'one line each.txt': 'a b c d\n'.repeat(LONG / 8),
}

for (const [name, content] of Object.entries(SLOW)) {
  hostile(`takes about linear time: ${name}`, async () => {
    const file = path.join(folder, name)
    const started = process.cpuUsage()
    const make = () => content
    await readEach('texts', file, 1, make, () => readList(file, { root: folder }))
    const { user, system } = process.cpuUsage(started)
    const seconds = (user + system) / 1e6
    assert.ok(seconds < 15, `${seconds} s`)
  })
}

hostile('an empty folder, a name with a zero in it and a missing file are no lists', async () => {
  const empty = path.join(folder, 'empty')
  mkdirSync(empty)
  const wrong = [
    [empty, 'ERR_LIST'],
    [`${folder}/\0.txt`, 'ERR_FILE'],
    [`${folder}/none.txt`, 'ERR_FILE'],
  ] as const
  for (const [name, code] of wrong) assert.ok(hasCode(code, name)(await rejection(readList(name))))
})

hostile.run()
