import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadDataset } from '../../lib/data/dataset.js'
import { readList } from '../../lib/data/lists.js'
import { skipUnless } from '../support/skip.js'
import { errorOf, makeFolder, sharedData } from '../video/helpers.js'

const test = suite('data/lists')
const { folder, remove } = makeFolder()
test.after(remove)

const labels = { names: ['a', 'b', 'c'], file: null, sha256: null }

function write(text: string): string {
  const file = path.join(folder, 'list.txt')
  writeFileSync(file, text)
  return file
}

test('reads both forms, CRLF, blank lines, tabs, and hashes the file', async () => {
  const text = '\ufeffx/one.mp4 0\r\n\r\n  \nx/two.mp4\t2\ny/three.mp4,1\nz/four five.mp4, 2\nfive.mp4, 0'
  const list = await readList(write(text), { classCount: 3 })
  assert.equal(list.entries, [
    { path: 'x/one.mp4', label: 0, line: 1 },
    { path: 'x/two.mp4', label: 2, line: 4 },
    { path: 'y/three.mp4', label: 1, line: 5 },
    { path: 'z/four five.mp4', label: 2, line: 6 },
    { path: 'five.mp4', label: 0, line: 7 },
  ])
  assert.is(list.sha256, createHash('sha256').update(text).digest('hex'))
})

test('a path with spaces is taken only if the file exists', async () => {
  writeFileSync(path.join(folder, 'a long name.mp4'), 'x')
  const list = await readList(write('a long name.mp4 1\n'), { root: folder })
  assert.equal(list.entries, [{ path: 'a long name.mp4', label: 1, line: 1 }])
  const error = await errorOf(() => readList(write('ok.mp4 0\na longer name.mp4 1\n'), { root: folder }))
  assert.is(error.code, 'ERR_LIST')
  assert.ok(error.file?.endsWith('list.txt:2'))
})

for (const [what, text, message] of [
  ['no label', 'ok.mp4 0\nx.mp4\n', /no label/],
  ['a word for a label', 'ok.mp4 0\nx.mp4 archery\n', /"archery"/],
  ['a negative label', 'ok.mp4 0\nx.mp4 -1\n', /"-1"/],
  ['a fraction', 'ok.mp4 0\nx.mp4 1.5\n', /"1.5"/],
  ['a frame folder list', 'ok.mp4 0\nfolder 120 1\n', /frame folders/],
  ['a label out of range', 'ok.mp4 0\nx.mp4 3\n', /0 to 2.*from 1/],
] as const) {
  test(`${what}: the error names file and line`, async () => {
    const file = write(text)
    const error = await errorOf(() => readList(file, { root: folder, classCount: 3 }))
    assert.is(error.code, 'ERR_LIST', error.message)
    assert.is(error.file, `${file}:2`)
    assert.ok(error.message.startsWith(`${file}:2: `))
    assert.match(error.message, message)
  })
}

test('an empty list and a missing list are errors', async () => {
  assert.is((await errorOf(() => readList(write('\n\n')))).code, 'ERR_LIST')
  assert.is((await errorOf(() => readList(path.join(folder, 'none.txt')))).code, 'ERR_FILE')
})

test('missing videos: named and refused, or left out and reported', async () => {
  const root = path.join(folder, 'root')
  mkdirSync(root)
  writeFileSync(path.join(root, 'here.mp4'), 'x')
  const list = write('here.mp4 0\ngone.mp4 1\n')
  const error = await errorOf(() => loadDataset({ root, list, labels }))
  assert.is(error.code, 'ERR_FILE')
  assert.match(error.message, /1 of the 2 videos.*gone\.mp4 \(line 2\)/)
  const dataset = await loadDataset({ root, list, labels, missing: 'skip' })
  assert.equal(
    [dataset.entries, dataset.missing].map((entries) => entries.map(({ file, label }) => [file, label])),
    [[[path.join(root, 'here.mp4'), 0]], [[path.join(root, 'gone.mp4'), 1]]],
  )
  const none = await errorOf(() =>
    loadDataset({ root: path.join(folder, 'no'), list, labels, missing: 'skip' }),
  )
  assert.is(none.code, 'ERR_FILE')
})

test('abort rejects with the reason', async () => {
  const reason = new Error('stop')
  const call = () =>
    loadDataset({ root: folder, list: write('a 0'), labels, signal: AbortSignal.abort(reason) })
  assert.is(await errorOf(call), reason)
})

skipUnless(
  test,
  sharedData !== undefined,
  '../shared/data is not beside the repository',
)('a data set of real clips', async () => {
  const root = path.join(sharedData!, 'actions/wagon_state')
  const at = (name: string) => path.join(root, name)
  const dataset = await loadDataset({ root, list: at('test.txt'), labels: at('labels.csv') })
  assert.equal([dataset.entries.length, dataset.missing.length, dataset.labels.names.length], [96, 0, 4])
})

test.run()
