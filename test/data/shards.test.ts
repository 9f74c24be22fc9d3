import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkDataset } from '../../lib/data/check.js'
import { loadDataset } from '../../lib/data/dataset.js'
import { readList } from '../../lib/data/lists.js'
import { Loader } from '../../lib/data/loader.js'
import { type TarItem, tarOf } from '../support/tar.js'
import { errorOf, makeFolder, makeNumbered } from '../video/helpers.js'

const test = suite('data/shards')
const { folder: root, remove } = makeFolder()
test.after(remove)

function write(name: string, ...items: TarItem[]): string {
  const file = path.join(root, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, tarOf(...items))
  return file
}

const sample = (key: string, label: string, video: string | Uint8Array = key): TarItem[] => [
  { name: `${key}.mp4`, content: video },
  { name: `${key}.cls`, content: label },
]

const shown = ({ entries }: Awaited<ReturnType<typeof readList>>) =>
  entries.map(({ path, label, line }) => `${path} ${label} ${line}`)

test.before(() => {
  for (const shard of ['000', '001', '002'])
    write(`shards/train-${shard}.tar`, ...sample(`a${shard}`, '0'), ...sample(`b${shard}`, '1\n'))
  write('shards/val-000.tar', ...sample('v', '1'))
})

test('ranges, choices and stars; a shard, a folder and a file of shards', async () => {
  const train = ['000', '001', '002'].flatMap((shard) =>
    ['a 0 1', 'b 1 2'].map((words) => `shards/train-${shard}.tar/${words.replace(' ', `${shard}.mp4 `)}`),
  )
  const of = async (list: string) => shown(await readList(list, { root }))
  assert.equal(await of('shards/train-{000..002}.tar'), train)
  assert.equal(await of(path.join(root, 'shards/train-*.tar')), train)
  assert.equal(await of('sh?rds/train-{000,001,002}.tar'), train)
  assert.equal(await of('shards/train-00{2..1}.tar'), [...train.slice(4), ...train.slice(2, 4)])
  assert.equal((await of('shards/train-{{000..001},002}.tar')).sort(), train)
  assert.equal(await of('shards/train-001.tar'), train.slice(2, 4))
  assert.equal(await of(path.join(root, 'shards')), [...train, 'shards/val-000.tar/v.mp4 1 1'])
  const file = path.join(root, 'shards.txt')
  writeFileSync(file, 'shards/train-{000..001}.tar\r\n\r\nshards/train-002.tar\r\n')
  assert.equal(await of(file), train)
})

test('shards outside of the data folder have absolute paths', async () => {
  const elsewhere = path.join(root, 'elsewhere')
  mkdirSync(elsewhere)
  const shard = path.join(root, 'shards/val-000.tar')
  const dataset = await loadDataset({ root: elsewhere, list: shard, labels: labelsOf('x', 'y') })
  assert.equal(
    dataset.entries.map(({ file }) => file),
    [`${shard}/v.mp4`],
  )
})

test('labels: numbers, names and JSON; keys have folders and end at the first dot', async () => {
  const names = ['archery', 'surfing', '12']
  const of = async (...items: TarItem[]) => shown(await readList(write('l.tar', ...items), { root, names }))
  assert.equal(
    await of(
      { name: 'p/1.txt', content: 'Surfing\n' },
      { name: 'p/1.mkv', content: '' },
      { name: 'q/1.first.webm', content: '' },
      { name: 'q/1.json', content: '{"label": "archery", "fps": 3}' },
      { name: '2.JSON', content: '"surfing"' },
      { name: '2.AVI', content: '' },
      { name: '._2.avi', content: 'what a Mac leaves' },
      { name: 'README', content: 'x' },
      { name: '3.jpg', content: 'x' },
    ),
    ['l.tar/p/1.mkv 1 1', 'l.tar/q/1.first.webm 0 2', 'l.tar/2.AVI 1 3'],
  )
  assert.equal(
    await of({ name: '1.mp4' }, { name: '1.json', content: '{"x":1}' }, { name: '1.txt', content: '2' }),
    ['l.tar/1.mp4 2 1'],
  )
  assert.equal(
    await of(
      { name: '1.mp4' },
      { name: '1.json', content: '{"label":1}' },
      { name: '1.txt', content: 'a man' },
    ),
    ['l.tar/1.mp4 1 1'],
  )
})

test('without labels given, classes are those named, in alphabetical order', async () => {
  const list = await readList(
    write(
      'n.tar',
      { name: '1.mp4' },
      { name: '1.txt', content: 'b' },
      { name: '2.mp4' },
      { name: '2.txt', content: 'a' },
    ),
  )
  assert.equal(list.names, ['a', 'b'])
  assert.equal(
    list.entries.map(({ label }) => label),
    [1, 0],
  )
})

test('the hash tells lists apart', async () => {
  const hashOf = async (...items: TarItem[]) => (await readList(write('h.tar', ...items), { root })).sha256
  const hash = await hashOf(...sample('a', '0'))
  assert.match(hash, /^[0-9a-f]{64}$/)
  assert.is(await hashOf(...sample('a', '0')), hash)
  const others = [
    await hashOf(...sample('a', '1')),
    await hashOf(...sample('b', '0')),
    await hashOf(...sample('a', '0', 'longer')),
    await hashOf(...sample('a', '0'), ...sample('b', '0')),
  ]
  assert.is(new Set([hash, ...others]).size, 5)
})

test('what is wrong is told with its place', async () => {
  const cases: [TarItem[], string, RegExp][] = [
    [[...sample('a', 'x')], 'a.cls', /"x" is not a whole number/],
    [[...sample('a', '7')], 'a', /label 7 is not one of the 2 classes/],
    [[{ name: 'a.mp4' }], 'a', /needs .cls, .json with "label", or .txt/],
    [[{ name: 'a.mp4' }, { name: 'a.json', content: '{}' }], 'a', /.*json without a label/],
    [[{ name: 'a.mp4' }, { name: 'a.json', content: '{"label":1' }], 'a.json', /not valid JSON/],
    [[{ name: 'a.mp4' }, { name: 'a.json', content: '{"label":1.5}' }], 'a.json', /1.5.* neither/],
    [[{ name: 'a.mp4' }, { name: 'a.txt', content: 'a\nb' }], 'a.txt', /not the name of a class/],
    [
      [{ name: 'a.mp4' }, { name: 'a.txt', content: 'swimming' }],
      'a',
      /"swimming" is not one of the 2 classes/,
    ],
    [[{ name: 'a.mp4' }, ...sample('a', '0'), { name: 'a.avi' }], 'a', /several videos: mp4, avi/],
    [[...sample('a', '0'), { name: 'b.mp4' }, { name: 'b.txt', content: 'x' }], 'b', /a class name/],
    [[{ name: 'a.mp4' }, { name: 'a.cls', content: 'x'.repeat(2 ** 20 + 1) }], 'a.cls', /no label/],
  ]
  for (const [items, place, message] of cases) {
    const shard = write('wrong.tar', ...items)
    const error = await errorOf(() => readList(shard, { root, names: ['x', 'y'] }))
    assert.equal([error.code, error.file], ['ERR_LIST', `${shard}/${place}`], error.message)
    assert.match(error.message, message)
  }
  for (const [list, message] of [
    ['shards/train-{000..003}.tar', /no shard shards\/train-003.tar in/],
    ['shards/nothing-*.tar', /no shard/],
    ['shards/train-{0..999999}.tar', /more than 100000/],
    ['{0..999}{0..999}.tar', /more than 100000/],
  ] as const) {
    const error = await errorOf(() => readList(list, { root }))
    assert.is(error.code, 'ERR_LIST')
    assert.match(error.message, message)
  }
  const empty = await errorOf(() => readList(write('empty.tar'), { root }))
  assert.match(empty.message, /names no video/)
})

test('compressed and broken shards are told of, and what to do', async () => {
  for (const [name, bytes, message] of [
    ['c.tar.gz', Buffer.concat([Buffer.from('1f8b0800', 'hex'), Buffer.alloc(600)]), /gzip: decompress/],
    ['broken.tar', tarOf(...sample('a', '0')).subarray(0, 900), /incomplete/],
  ] as const) {
    const file = path.join(root, name)
    writeFileSync(file, bytes)
    const error = await errorOf(() => readList(file, { root }))
    assert.equal([error.code, error.file], ['ERR_FILE', file])
    assert.match(error.message, message)
  }
})

test('an abort ends the reading', async () => {
  const reason = new Error('enough')
  const signal = AbortSignal.abort(reason)
  assert.is(await errorOf(() => readList('shards/train-*.tar', { root, signal })), reason)
})

const labelsOf = (...names: string[]) => ({ names, file: null, sha256: null })

test('a loader takes clips out of shards; a check finds what is bad in them', async () => {
  const video = readFileSync(await makeNumbered(path.join(root, 'v.mp4'), 20))
  const short = readFileSync(await makeNumbered(path.join(root, 's.mp4'), 3))
  write(
    'videos/0.tar',
    ...sample('a', '0', video),
    ...sample('short', '1', short),
    ...sample('bad', '1', 'x'),
  )
  write('videos/1.tar', ...sample('twin', '0', video), { name: 'alone.cls', content: '1' })
  const data = { root, list: 'videos/{0..1}.tar', labels: labelsOf('x', 'y') }
  const missing = await errorOf(() => loadDataset(data))
  assert.match(missing.message, /videos\/1.tar\/alone.mp4/)
  const dataset = await loadDataset({ ...data, missing: 'skip' })
  const clips = []
  for await (const batch of new Loader(dataset, { mode: 'test', batchSize: 2, maxFailureShare: 1 }).batches())
    clips.push(...batch.clips)
  assert.equal(
    clips.map(({ path }) => path),
    ['videos/0.tar/a.mp4', 'videos/0.tar/short.mp4', 'videos/1.tar/twin.mp4'],
  )
  assert.equal(clips[0]!.frames, clips[2]!.frames)
  const report = await checkDataset(data)
  assert.equal(
    report.problems.map(({ kind, path }) => `${kind} ${path}`),
    [
      'short videos/0.tar/short.mp4',
      'undecodable videos/0.tar/bad.mp4',
      'duplicate videos/1.tar/twin.mp4',
      'missing videos/1.tar/alone.mp4',
    ],
  )
  assert.equal([report.videos, report.bad], [5, 2])
})

test.run()
