/** Label files of every family, damaged by the thousand: read, or refused by an error that names the file. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseLabelWords, readLabels } from '../../lib/data/labels.js'
import { MstaError } from '../../lib/runtime/errors.js'
import { chance, damaged, readDamaged, readEach } from '../support/damage.js'

const folder = mkdtempSync(path.join(tmpdir(), 'msta-hostile-labels-'))
const hostile = suite('hostile labels')
hostile.after(() => rmSync(folder, { recursive: true }))

const CASES = 3000

const FAMILIES: Record<string, string> = {
  'id,name.csv': 'id,name\n0,archery\n1,"throw, then catch"\n2,wave\n',
  'classInd.txt': '1 ApplyEyeMakeup\n2 Wave Hand\r\n3 Archery\n',
  'ssv2.json': '{\n"Approaching something": "0",\n"Wave [x]": "1",\n"Holding \\"it\\"": 2}',
  'kinetics.csv':
    'label,youtube_id,time_start,time_end,split\n"brush hair",abc,1,11,train\nwave,def,1,2,val\n',
}

async function read(file: string): Promise<void> {
  const { names } = await readLabels(file)
  assert.ok(names.length > 0)
  for (const name of names) assert.ok(typeof name === 'string' && name !== '')
}

for (const [name, content] of Object.entries(FAMILIES)) {
  hostile(`${name}: ${CASES} damaged copies are read or refused`, () =>
    readDamaged(path.join(folder, name), content, CASES, read),
  )
}

hostile(`words: ${CASES} damaged ones are read or refused`, () => {
  const draws = chance(11)
  let refused = 0
  for (let n = 0; n < CASES; n++) {
    const words = damaged(Buffer.from('archery, "throw, then catch" ,wave'), draws).toString()
    try {
      assert.ok(parseLabelWords(words).names.every((name) => name !== ''))
    } catch (error) {
      if (!(error instanceof MstaError)) throw new Error(JSON.stringify(words), { cause: error })
      refused++
    }
  }
  assert.ok(refused > 0 && refused < CASES, `${refused}`)
})

const MANY = Array.from({ length: 100_000 }, (_, id) => id)
const SLOW: Record<string, string> = {
  'many.json': JSON.stringify(Object.fromEntries(MANY.map((id) => [`name ${id}`, `${id}`]))),
  'many wrong.json': JSON.stringify(Object.fromEntries(MANY.map((id) => [`name ${id}`, `${id + 1}`]))),
  'many.csv': `id,name\n${MANY.map((id) => `${id},name ${id}`).join('\n')}`,
  'many.txt': MANY.map((id) => `${id + 1} name ${id}`).join('\n'),
  'a long name.json': JSON.stringify({ ['\\'.repeat(9e6)]: '0' }),
  'spaces.txt': `1 a\n2${' '.repeat(400_000)}\u00a0\n`,
  'digits.txt': `1 a\n${'2'.repeat(400_000)}`,
  'quotes.csv': `id,name\n0,${'"'.repeat(400_001)}`,
}

for (const [name, content] of Object.entries(SLOW)) {
  hostile(`takes about linear time: ${name}`, async () => {
    const file = path.join(folder, name)
    const started = process.cpuUsage()
    await readEach(
      'texts',
      file,
      1,
      () => content,
      () => read(file),
    )
    const { user, system } = process.cpuUsage(started)
    const seconds = (user + system) / 1e6
    assert.ok(seconds < 15, `${seconds} s`)
  })
}

hostile('many words take about linear time', () => {
  const started = process.cpuUsage()
  assert.is(parseLabelWords(MANY.map((id) => `name ${id}`).join()).names.length, MANY.length)
  assert.ok(process.cpuUsage(started).user < 15e6)
})

hostile.run()
