import { createHash } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseLabelWords, readLabels, resolveLabels } from '../../lib/data/labels.js'
import { errorOf, makeFolder, sharedData } from '../video/helpers.js'

const test = suite('data/labels')
const { folder, remove } = makeFolder()
test.after(remove)

function write(text: string): string {
  const file = path.join(folder, 'labels.csv')
  writeFileSync(file, text)
  return file
}

test('reads CRLF, a byte order mark, quoted commas and quotes, and hashes the file', async () => {
  const text = '\ufeffid,name\r\n0,plain\r\n1,"Putting something, and more"\r\n2,"a ""b"""\r\n'
  const labels = await readLabels(write(text))
  assert.equal(labels.names, ['plain', 'Putting something, and more', 'a "b"'])
  assert.is(labels.sha256, createHash('sha256').update(text).digest('hex'))
})

test('ids may come in any order', async () => {
  assert.equal((await readLabels(write('id,name\n1,b\n0,a\n'))).names, ['a', 'b'])
})

for (const [what, text, line, message] of [
  ['no header', '0,a\n1,b\n', 1, /header/],
  ['no classes', 'id,name\n', 1, /no class/],
  ['1-based ids', 'id,name\n1,a\n2,b\n', 3, /"2" is not one of 0 to 1/],
  ['a repeated id', 'id,name\n0,a\n0,b\n', 3, /comes twice/],
  ['a word for an id', 'id,name\n0,a\nx,b\n', 3, /"x"/],
  ['an unquoted comma', 'id,name\n0,a\n1,b, c\n', 3, /3 fields/],
  ['an empty name', 'id,name\n0,a\n1,\n', 3, /no name/],
  ['an open quote', 'id,name\n0,"a\n1,b\n', undefined, /[Qq]uote/],
  ['an empty file', '', 1, /header/],
] as const) {
  test(`${what}: the error names file and line`, async () => {
    const file = write(text)
    const error = await errorOf(() => readLabels(file))
    assert.is(error.code, 'ERR_LABELS', error.message)
    assert.match(error.message, message)
    assert.ok(error.file?.startsWith(line === undefined ? `${file}:` : `${file}:${line}`), error.file)
  })
}

test("UCF-101's classInd.txt counts from 1", async () => {
  const { names } = await readLabels(write('1 ApplyEyeMakeup\r\n3 Archery Range\r\n2 ApplyLipstick\r\n\r\n'))
  assert.equal(names, ['ApplyEyeMakeup', 'ApplyLipstick', 'Archery Range'])
})

test("SSv2's labels are a JSON object of ids", async () => {
  const text = '{\n  "Holding something": "1",\n  "Putting something, \\"up\\"": 0\n}'
  assert.equal((await readLabels(write(text))).names, ['Putting something, "up"', 'Holding something'])
})

test('of a Kinetics CSV the classes are its labels in alphabetical order', async () => {
  const text =
    'label,youtube_id,time_start,time_end,split\nyoga,a,0,10,train\n"a, b",b,0,10,train\nyoga,c,0,10,val\n'
  assert.equal((await readLabels(write(text))).names, ['a, b', 'yoga'])
})

for (const [what, text, line, message] of [
  ['an id from 0', '0 a\n1 b\n', 1, /"0" is not one of 1 to 2/],
  ['a gap', '1 a\n\n3 b\n', 3, /"3" is not one of 1 to 2/],
  ['an id twice', '1 a\n1 b\n', 2, /comes twice/],
  ['a line without an id', '1 a\nb\n', 2, /"b"/],
  ['JSON that is none', '{\n"a": "0"\n"b": "1"}', 3, /not valid JSON/],
  ['a name twice', '{"a": "0",\n"a": "1"}', 2, /"a" comes twice/],
  ['a word for an id in JSON', '{"a": "0",\n"b": "x"}', 2, /"x"/],
  ['a gap in JSON', '{"a": "0",\n"b": "2"}', 2, /"2" is not one of 0 to 1/],
  ['no class in JSON', '{}', 1, /no class/],
  ['a Kinetics CSV without labels', 'youtube_id,time_start\na,1\n', 1, /no column "label"/],
  ['an empty label', 'label,youtube_id\na,x\n,y\n', 3, /label is empty/],
] as const) {
  test(`other forms, ${what}: the error names file and line`, async () => {
    const file = write(text)
    const error = await errorOf(() => readLabels(file))
    assert.is(error.code, 'ERR_LABELS', error.message)
    assert.match(error.message, message)
    assert.is(error.file, `${file}:${line}`)
  })
}

test('a missing file is ERR_FILE', async () => {
  const error = await errorOf(() => resolveLabels(path.join(folder, 'none.csv')))
  assert.is(error.code, 'ERR_FILE')
})

test('names given in words', async () => {
  assert.equal(parseLabelWords('archery, "salt, pepper" ,surfing').names, [
    'archery',
    'salt, pepper',
    'surfing',
  ])
  assert.equal((await resolveLabels('one name')).names, ['one name'])
  for (const wrong of ['', 'a,,b', 'a,b,a'])
    assert.is((await errorOf(() => parseLabelWords(wrong))).code, 'ERR_LABELS')
})

test('a file given by name is read as a file', async () => {
  assert.equal((await resolveLabels(write('id,name\n0,a\n'))).names, ['a'])
})

if (sharedData === undefined) {
  test.skip('label files as published: ../shared/data is not beside the repository', () => {})
} else {
  const published = sharedData
  test('label files as published', async () => {
    const sizes: Record<string, number> = {
      'kinetics_400_labels.csv': 400,
      'ucf_101_labels.csv': 101,
      'hmdb_51_labels.csv': 51,
      'hmdb_51_base_labels.csv': 26,
      'hmdb_51_novel_labels.csv': 25,
      'ucf_101_base_labels.csv': 51,
      'ucf_101_novel_labels.csv': 50,
      'ssv2_labels.csv': 174,
    }
    const labelFolder = path.join(published, 'lists/labels')
    for (const name of readdirSync(labelFolder)) {
      const { names } = await readLabels(path.join(labelFolder, name))
      assert.is(names.length, sizes[name], name)
    }
  })
}

test.run()
