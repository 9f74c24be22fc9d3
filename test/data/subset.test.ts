import { copyFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Dataset } from '../../lib/data/dataset.js'
import { sharedClasses, sharedVideos } from '../../lib/data/overlap.js'
import { drawShots, mostPerClass, ofClasses } from '../../lib/data/subset.js'
import { hasCode, rejection } from '../support/errors.js'
import { makeFolder, makeVideo } from '../video/helpers.js'

const subset = suite('parts of a data set')
const { folder, remove } = makeFolder()
subset.after(remove)

/** A data set of files named after their classes and numbers. */
function dataset(labels: readonly number[], names = ['a', 'b', 'c']): Dataset {
  const entries = labels.map((label, i) => {
    const name = `${names[label]}${i}.mp4`
    return { path: name, file: path.join(folder, name), label, line: i + 1 }
  })
  const list = { file: 'list.txt', sha256: 'x' }
  return { root: folder, entries, missing: [], labels: { names, file: null, sha256: null }, list }
}

const pathsOf = ({ entries }: Dataset) => entries.map((entry) => entry.path)

subset('classes are taken and numbered anew', () => {
  const part = ofClasses(dataset([0, 1, 2, 0, 2]), [2, 0])
  assert.equal(
    part.entries.map(({ path: name, label }) => [name, label]),
    [
      ['a0.mp4', 1],
      ['c2.mp4', 0],
      ['a3.mp4', 1],
      ['c4.mp4', 0],
    ],
  )
  assert.equal(part.labels.names, ['c', 'a'])
})

subset('so many of each class are drawn, by the seed, in the order of the list', async () => {
  const all = dataset([...Array(20).fill(0), ...Array(20).fill(1), 2])
  const good = await makeVideo(path.join(folder, 'good.mp4'), 'testsrc=s=32x32:r=5:d=1')
  for (const { file } of all.entries) copyFileSync(good, file)
  const [first, again, other] = await Promise.all([0, 0, 1].map((seed) => drawShots(all, 4, seed)))
  assert.equal(pathsOf(first!), pathsOf(again!))
  assert.not.equal(pathsOf(first!), pathsOf(other!))
  const counts = [0, 1, 2].map((label) => first!.entries.filter((entry) => entry.label === label).length)
  assert.equal(counts, [4, 4, 1])
  assert.equal(
    pathsOf(first!),
    pathsOf(all).filter((name) => pathsOf(first!).includes(name)),
  )
  assert.is(mostPerClass(first!), 4)
  assert.equal(pathsOf(await drawShots(all, Number.POSITIVE_INFINITY, 3)), pathsOf(all))
  // A class's draw does not depend on the classes beside it.
  const alone = await drawShots(ofClasses(all, [0]), 4, 0)
  assert.equal(
    pathsOf(alone),
    pathsOf(first!).filter((name) => name.startsWith('a')),
  )
})

subset('a bad video that is drawn gives its place to another, or fails by policy', async () => {
  const all = dataset([...Array(8).fill(0), 1, 1])
  const good = await makeVideo(path.join(folder, 'good.mp4'), 'testsrc=s=32x32:r=5:d=1')
  for (const { file } of all.entries) copyFileSync(good, file)
  const before = await drawShots(all, 3, 5)
  const bad = before.entries[1]!
  writeFileSync(bad.file, 'junk')
  // Without a choice a bad video stays: training reports it.
  writeFileSync(all.entries[9]!.file, 'junk')
  const told: string[] = []
  const after = await drawShots(all, 3, 5, { onBadVideo: (entry) => told.push(entry.path) })
  assert.equal(told, [bad.path])
  assert.is(after.entries.length, 5)
  assert.not.ok(pathsOf(after).includes(bad.path))
  assert.ok([0, 2, 3, 4].every((i) => pathsOf(after).includes(before.entries[i]!.path)))
  const failed = await rejection(drawShots(all, 3, 5, { badVideos: 'fail' }))
  assert.ok(hasCode('ERR_VIDEO', bad.path)(failed))
})

subset('videos in two lists are found by path and by content', async () => {
  const [train, test] = [dataset([0, 1, 1]), dataset([2, 2, 2, 2])]
  for (const { file } of [...train.entries, ...test.entries]) writeFileSync(file, path.basename(file))
  copyFileSync(train.entries[1]!.file, test.entries[2]!.file)
  // As long as others, with other bytes.
  test.entries[3] = { ...train.entries[0]!, label: 2 }
  const shared = await sharedVideos(train, test)
  assert.equal(
    shared.map(({ train: own, test: other, kind }) => [own.path, other.path, kind]),
    [
      ['b1.mp4', 'c2.mp4', 'content'],
      ['a0.mp4', 'a0.mp4', 'file'],
    ],
  )
  assert.equal(await sharedVideos(train, dataset([])), [])
})

subset('classes in two lists are found whatever their spelling', () => {
  assert.equal(sharedClasses(['Apply Eye Makeup', 'surfing'], ['ApplyEyeMakeup', 'surf']), [
    'Apply Eye Makeup',
  ])
})

subset.run()
