import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadDataset } from '../../lib/data/dataset.js'
import { readList } from '../../lib/data/lists.js'
import { skipUnless } from '../support/skip.js'
import { errorOf, makeFolder, sharedData } from '../video/helpers.js'

const test = suite('data/list-formats')
const { folder, remove } = makeFolder()
test.after(remove)

/** Writes a file in a folder of its own, beside no other list. */
function write(name: string, text: string, place = 'alone'): string {
  mkdirSync(path.join(folder, place), { recursive: true })
  const file = path.join(folder, place, name)
  writeFileSync(file, text)
  return file
}

async function failsAt(place: string, message: RegExp, ...call: Parameters<typeof readList>): Promise<void> {
  const error = await errorOf(() => readList(...call))
  assert.is(error.code, 'ERR_LIST', error.message)
  assert.is(error.file, place)
  assert.match(error.message, message)
}

const pathsAndLabels = ({ entries }: Awaited<ReturnType<typeof readList>>) =>
  entries.map(({ path, label }) => `${path} ${label}`)

test('frame folders: folder, frames, label', async () => {
  const { entries } = await readList(write('list.txt', 'a/v1 120 0\r\nb/v 2 7 1\r\n'), { classCount: 2 })
  assert.equal(entries, [
    { path: 'a/v1', frames: 120, label: 0, line: 1 },
    { path: 'b/v 2', frames: 7, label: 1, line: 2 },
  ])
})

test('frame folders: a line of another form, a label out of range', async () => {
  const mixed = write('list.txt', 'a 12 0\n\nb.mp4 1\n')
  await failsAt(`${mixed}:3`, /folder frames label/, mixed)
  const range = write('list.txt', 'a 12 0\nb 12 2\n')
  await failsAt(`${range}:2`, /0 to 1.*from 1/, range, { classCount: 2 })
})

test('a path with a space and a number is no frame folder if the file exists', async () => {
  write('clip 12', 'x')
  const list = write('list.txt', 'clip 12 3\n')
  assert.equal(pathsAndLabels(await readList(list, { root: path.dirname(list) })), ['clip 12 3'])
})

const CLASS_INDEX = '1 ApplyEyeMakeup\r\n2 ApplyLipstick\r\n3 Archery\r\n'
const UCF_TRAIN =
  'ApplyEyeMakeup/v_a.avi 1\r\nArchery/v_b.avi 3\r\nApplyLipstick/v_c.avi 2\r\nArchery/v_d.avi 3\r\n'

test("UCF-101's lists: labels from 1 become labels from 0, by the classInd.txt beside the list", async () => {
  write('classInd.txt', CLASS_INDEX, 'ucf')
  const list = await readList(write('trainlist01.txt', UCF_TRAIN, 'ucf'))
  assert.equal(
    list.entries.map(({ label }) => label),
    [0, 2, 1, 2],
  )
  assert.equal(list.names, ['ApplyEyeMakeup', 'ApplyLipstick', 'Archery'])
})

test("UCF-101's lists: by given names, in another spelling and order", async () => {
  const names = ['archery', 'Apply Lipstick', 'apply_eye_makeup']
  write('classInd.txt', CLASS_INDEX, 'ucf')
  const list = await readList(write('trainlist01.txt', UCF_TRAIN, 'ucf'), { names })
  assert.equal(
    list.entries.map(({ label }) => label),
    [2, 0, 1, 0],
  )
  const alone = await readList(write('trainlist01.txt', UCF_TRAIN), {
    names: ['Apply Eye Makeup', 'Apply Lipstick', 'Archery'],
  })
  assert.equal(
    alone.entries.map(({ label }) => label),
    [0, 2, 1, 2],
  )
})

test('a list with class folders that counts from 0 stays as it is', async () => {
  write('classInd.txt', CLASS_INDEX, 'ucf')
  const list = write(
    'mine.txt',
    'ApplyEyeMakeup/v_a.avi 0\nArchery/v_b.avi 2\nApplyLipstick/v_c.avi 1\n',
    'ucf',
  )
  assert.equal(
    (await readList(list)).entries.map(({ label }) => label),
    [0, 2, 1],
  )
  // One line that does not fit is no list from 1.
  const odd = write('odd.txt', 'ApplyEyeMakeup/v_a.avi 1\nArchery/v_b.avi 2\n', 'ucf')
  assert.equal(
    (await readList(odd)).entries.map(({ label }) => label),
    [1, 2],
  )
})

test("UCF-101's test lists: the class is the folder's", async () => {
  const text = 'Archery/v_b.avi\nApplyEyeMakeup/v_a.avi\n'
  const list = await readList(write('testlist01.txt', text), { names: ['Apply Eye Makeup', 'Archery'] })
  assert.equal(pathsAndLabels(list), ['Archery/v_b.avi 1', 'ApplyEyeMakeup/v_a.avi 0'])
  const derived = await readList(write('testlist01.txt', text))
  assert.equal(derived.names, ['ApplyEyeMakeup', 'Archery'])
})

test('a class that the labels lack, and a line without a folder, are errors', async () => {
  const list = write('testlist01.txt', 'Archery/v_b.avi\nSurfing/v_a.avi\n')
  await failsAt(`${list}:2`, /"Surfing" is not one of the 2 classes/, list, { names: ['Archery', 'Bowling'] })
  // Two classes of one spelling are not told apart.
  await failsAt(`${list}:2`, /"Surfing"/, list, { names: ['Archery', 'SURFING', 'surf-ing'] })
  const flat = write('testlist01.txt', 'Archery/v_b.avi\nv_a.avi\n')
  await failsAt(`${flat}:2`, /"v_a.avi" is not "Class/, flat)
  const labelled = write('testlist01.txt', 'Archery/v_b.avi\nArchery/v_a.avi 1\n')
  await failsAt(`${labelled}:2`, /without a label/, labelled)
})

function writeHmdb(): string {
  write('wave_test_split1.txt', 'w1.avi 1 \r\nw2.avi 2 \r\nw3.avi 0 \r\n', 'hmdb')
  write('brush_hair_test_split1.txt', 'b1.avi 2 \nb2.avi 1 \nb3.avi 2 \n', 'hmdb')
  write('brush_hair_test_split2.txt', 'b1.avi 1 \n', 'hmdb')
  return path.join(folder, 'hmdb')
}

test("HMDB-51's splits: a folder and a part", async () => {
  const hmdb = writeHmdb()
  const names = ['wave', 'brush hair']
  const train = await readList(`${hmdb}#train1`, { names })
  const tests = await readList(`${hmdb}#test1`, { names })
  assert.equal(pathsAndLabels(train), ['b2.avi 1', 'w1.avi 0'])
  assert.equal(pathsAndLabels(tests), ['b1.avi 1', 'b3.avi 1', 'w2.avi 0'])
  assert.equal(pathsAndLabels(await readList(`${hmdb}#train2`, { names })), ['b1.avi 1'])
  assert.match(train.sha256, /^[0-9a-f]{64}$/)
  assert.is.not(train.sha256, tests.sha256)
  assert.equal((await readList(`${hmdb}#test1`)).names, ['brush_hair', 'wave'])
})

test("HMDB-51's splits: a part that is not there, a bad line, one class alone", async () => {
  const hmdb = writeHmdb()
  await failsAt(hmdb, /several parts.*#train1, #test1, #train2, #test2/, hmdb)
  await failsAt(hmdb, /no part "train3"/, `${hmdb}#train3`)
  await failsAt(hmdb, /no part "1"/, `${hmdb}#1`)
  const single = path.join(hmdb, 'wave_test_split1.txt')
  await failsAt(single, /one class of HMDB.*#train1/, single)
  write('wave_test_split1.txt', 'w1.avi 1\nw2.avi 3\n', 'hmdb')
  await failsAt(`${single}:2`, /"w2.avi 3"/, `${hmdb}#train1`)
  const empty = path.join(folder, 'empty')
  mkdirSync(empty)
  await failsAt(empty, /no HMDB split files/, empty)
})

const KINETICS =
  'label,youtube_id,time_start,time_end,split\n' +
  '"air drumming",-_0AbCdEfGh,7,17,train\nabseiling,"xyz,",0,10,train\nabseiling,id3,120,130,validate\n'

test('Kinetics: file names from the id and the times, classes from the labels', async () => {
  const list = await readList(write('train.csv', KINETICS), { names: ['Abseiling', 'Air Drumming'] })
  assert.equal(list.entries[0], {
    path: '-_0AbCdEfGh_000007_000017',
    stems: ['-_0AbCdEfGh_000007_000017', '-_0AbCdEfGh'],
    label: 1,
    line: 2,
  })
  assert.equal(pathsAndLabels(list).slice(1), ['xyz,_000000_000010 0', 'id3_000120_000130 0'])
  const file = write('train.csv', KINETICS)
  const validation = await readList(`${file}#validate`)
  assert.equal([pathsAndLabels(validation), validation.names], [['id3_000120_000130 0'], ['abseiling']])
})

test('Kinetics: what is wrong names file and line', async () => {
  const file = write('train.csv', KINETICS)
  await failsAt(file, /no split "test"; there is train, validate/, `${file}#test`)
  await failsAt(`${file}:3`, /"abseiling" is not/, file, { names: ['air drumming'] })
  const header = 'label,youtube_id,time_start,time_end,split\n'
  for (const [rows, line, message] of [
    ['a,x,1,2,train\n,y,1,2,train\n', 3, /label is empty/],
    ['a,x,1,2,train\na,,1,2,train\n', 3, /youtube_id is empty/],
    ['a,x,1,2,train\na,y,one,2,train\n', 3, /"one"/],
    ['a,"x,1,2,train\n', 2, /[Qq]uote/],
  ] as const) {
    write('train.csv', header + rows)
    await failsAt(`${file}:${line}`, message, file)
  }
  write('train.csv', 'youtube_id,time_start,time_end,split\nx,1,2,test\n')
  await failsAt(`${file}:1`, /no column "label"/, file)
})

test('SSv2: ids and templates without brackets', async () => {
  const text = JSON.stringify(
    [
      { id: '78687', label: 'holding potato', template: 'Holding [something] next to [something]' },
      { id: 42326, template: 'Putting [something], [something] and [something] on the table' },
    ],
    null,
    2,
  )
  const names = [
    'Putting something, something and something on the table',
    'Holding something next to something',
  ]
  const { entries } = await readList(write('train.json', text), { names })
  assert.equal(entries, [
    { path: '78687', stems: ['78687'], label: 1, line: 2 },
    { path: '42326', stems: ['42326'], label: 0, line: 7 },
  ])
  assert.equal((await readList(write('train.json', text))).names, [...names].reverse())
})

test('SSv2: what is wrong names file and line', async () => {
  const file = write('train.json', '')
  for (const [text, line, message] of [
    ['[{"id": "1", "template": "A"},\n {"id": "2"}]', 2, /Video 2 has no template/],
    ['[{"id": "1", "template": "A",\n "placeholders": [{}]},\n {"template": "A"}]', 3, /Video 1 has no id/],
    ['[{"id": "1",\n "template": "A" "label": "a"}]', 2, /not valid JSON/],
  ] as const) {
    write('train.json', text)
    await failsAt(`${file}:${line}`, message, file)
  }
  write('train.json', '[]')
  await failsAt(file, /names no video/, file)
})

test('only lists with parts take one', async () => {
  const list = write('list.txt', 'a.mp4 0\n')
  await failsAt(list, /no part "train1"/, `${list}#train1`)
  const named = write('list#1.txt', 'b.mp4 1\n')
  assert.equal(pathsAndLabels(await readList(named)), ['b.mp4 1'])
})

test('names without folders are found in class folders, ids with any extension', async () => {
  const root = path.join(folder, 'videos')
  for (const name of ['brush_hair/one.avi', 'wave/one.avi', 'wave/two.avi', 'x/three.avi', 'y/three.avi'])
    write(path.basename(name), 'x', path.join('videos', path.dirname(name)))
  write('id_000001_000011.mkv', 'x', 'videos/wave')
  write('flat.webm', 'x', 'videos')
  const labels = { names: ['brush hair', 'wave'], file: null, sha256: null }
  const load = async (list: string) => {
    const { entries, missing } = await loadDataset({ root, list, labels, missing: 'skip' })
    const found = entries.map(({ file }) => path.relative(root, file))
    return [found, missing.map(({ path }) => path)]
  }
  assert.equal(await load(write('list.txt', 'one.avi 0\none.avi 1\ntwo.avi 0\nthree.avi 1\nx/two.avi 0\n')), [
    ['brush_hair/one.avi', 'wave/one.avi', 'wave/two.avi'],
    // Not found twice, and not in another folder than the list says.
    ['three.avi', 'x/two.avi'],
  ])
  const csv = 'label,youtube_id,time_start,time_end\nwave,id,1,11\nwave,flat,1,11\nwave,none,1,11\n'
  assert.equal(await load(write('list.csv', csv)), [
    ['wave/id_000001_000011.mkv', 'flat.webm'],
    ['none_000001_000011'],
  ])
})

const published = path.join(sharedData ?? '', 'lists')
skipUnless(
  test,
  sharedData !== undefined,
  '../shared/data is not beside the repository',
)('lists as published: the videos and classes of each', async () => {
  const sizes: Record<string, [videos: number, classes: number]> = {}
  for (const k of [2, 4, 8, 16]) {
    sizes[`hmdb_splits/train1_few_shot_${k}.txt`] = [51 * k, 51]
    sizes[`ucf_splits/train1_few_shot_${k}.txt`] = [101 * k, 101]
  }
  for (const split of [1, 2, 3]) {
    sizes[`hmdb_splits/val${split}.txt`] = [1530, 51]
    sizes[`ucf_splits/val${split}.txt`] = [[3783, 3734, 3696][split - 1]!, 101]
    sizes[`base2novel/hmdb/fs_base_s${split}_train.txt`] = [416, 26]
    sizes[`base2novel/ucf/fs_base_s${split}_train.txt`] = [816, 51]
  }
  sizes['base2novel/hmdb/base_val.txt'] = [780, 26]
  sizes['base2novel/hmdb/novel_val.txt'] = [750, 25]
  sizes['base2novel/ucf/base_val.txt'] = [2088, 51]
  sizes['base2novel/ucf/novel_val.txt'] = [1695, 50]
  for (const [name, [videos, classes]] of Object.entries(sizes)) {
    const { entries } = await readList(path.join(published, name), { classCount: classes })
    assert.is(entries.length, videos, name)
    assert.is(new Set(entries.map(({ label }) => label)).size, classes, name)
  }
})

test.run()
