import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadDataset } from '../../lib/data/dataset.js'
import { folderOfClass } from '../../lib/data/folders/class-name.js'
import {
  type FolderDataset,
  readFolderDataset,
  writeFolderLists,
} from '../../lib/data/folders/folder-dataset.js'
import { initFolderDataset } from '../../lib/data/folders/init-folders.js'
import { hasCode, rejection } from '../support/errors.js'
import { makeFolder } from '../video/helpers.js'

const test = suite('folders of clips')
const { folder, remove } = makeFolder()
test.after(remove)

let count = 0
/** A folder of files; names that end with a slash are empty folders. */
function tree(files: readonly string[]): string {
  const root = path.join(folder, `tree${count++}`)
  mkdirSync(root)
  for (const file of files) {
    mkdirSync(path.join(root, file.endsWith('/') ? file : path.dirname(file)), { recursive: true })
    if (!file.endsWith('/')) writeFileSync(path.join(root, file), file)
  }
  return root
}
const clips = (name: string, number: number) => Array.from({ length: number }, (_, i) => `${name}/c${i}.mp4`)
const read = (root: string, seed?: number) => readFolderDataset(root, { out: `${root}-run`, seed })
const pathsOf = (dataset: FolderDataset['validation']) => dataset?.entries.map((entry) => entry.path) ?? []

test('folders are classes in alphabetical order, named after them; hidden and other things are left out', async () => {
  const root = tree([
    ...clips('push_up', 6),
    ...clips('Jump--rope', 3),
    ...clips('waving hands', 1),
    ...[
      'push_up/.hidden.mp4',
      'push_up/notes.txt',
      '.git/x.mp4',
      'README.txt',
      'loose.mov',
      'push_up/deeper/x.mp4',
    ],
  ])
  symlinkSync(path.join(root, 'loose.mov'), path.join(root, 'waving hands', 'linked.MOV'))
  const { training, validation, classes, notes } = await read(root)
  assert.equal(classes, [
    { name: 'Jump rope', training: 2, validation: 1 },
    { name: 'push up', training: 5, validation: 1 },
    { name: 'waving hands', training: 2, validation: 0 },
  ])
  assert.equal(training.labels.names, ['Jump rope', 'push up', 'waving hands'])
  assert.is(training.entries.length, 9)
  assert.is(validation!.entries.length, 2)
  const text = notes.join('\n')
  for (const part of ['waving hands', 'push_up: 2 things', 'loose.mov']) assert.match(text, part)
  for (const part of ['hidden', 'README']) assert.not.match(text, part)
})

test('what is held out depends on seed and names alone: a clip that is added moves no other', async () => {
  const root = tree([...clips('a', 20), ...clips('b', 11)])
  const first = await read(root)
  assert.equal(
    first.classes.map((each) => each.validation),
    [4, 2],
  )
  assert.equal(await read(root), first)
  const drawn = new Set(pathsOf(first.validation))
  assert.not.ok(pathsOf(first.training).some((each) => drawn.has(each)))
  assert.not.equal(pathsOf((await read(root, 1)).validation), [...drawn])
  writeFileSync(path.join(root, 'a', 'another.mp4'), '')
  const more = await read(root)
  const moved = pathsOf(more.validation).filter((each) => !drawn.has(each) && !each.includes('another'))
  assert.equal(moved, [])
})

test('without clips to spare there is no validation, and it is told', async () => {
  const { validation, notes } = await read(tree([...clips('a', 2), ...clips('b', 1)]))
  assert.is(validation, null)
  assert.match(notes.join(), 'nothing tells when to stop')
})

test('the lists that are written are read as the same data', async () => {
  const names = ['a b, c.mp4', "it's 3.mp4", '7 8.mp4', 'x "y".mp4', 'ümläut.mp4', '# 1.mp4']
  const root = tree([...names.map((name) => `comma, and space/${name}`), ...clips('7', 4)])
  const folders = await read(root)
  await writeFolderLists(folders)
  assert.equal(readdirSync(`${root}-run`).sort(), ['labels.csv', 'train.txt', 'validation.txt'])
  for (const own of [folders.training, folders.validation!]) {
    const labels = path.join(`${root}-run`, 'labels.csv')
    assert.equal(await loadDataset({ root, list: own.list.file, labels }), own)
  }
})

test('what cannot be used is refused, naming the folder and the remedy', async () => {
  const refused = async (files: string[], ...parts: string[]) => {
    const root = tree(files)
    assert.ok(hasCode('ERR_LIST', path.basename(root), ...parts)(await rejection(read(root))))
  }
  await refused([], 'no class', 'Make a folder for each class')
  await refused(['a.mp4'], 'only videos')
  await refused(clips('alone', 3), 'one class only', '"alone"', 'Add a folder')
  await refused([...clips('a', 2), 'b/'], path.join('', 'b'), 'no video', '.mp4', 'remove the folder')
  await refused([...clips('a', 2), 'b/readme.txt'], 'no video')
  await refused([...clips('push-up', 1), ...clips('Push up', 1)], '"push-up"', '"Push up"', 'rename one')
  await refused([...clips('a', 1), ...clips('---', 1)], 'no letter', 'Rename')
  await refused([...clips('a', 1), 'b/x\ny.mp4'], 'Rename')
  await refused([...clips('a', 1), 'b\u202e/x.mp4'], 'character', 'Rename')
  const missing = path.join(folder, 'nowhere')
  assert.ok(hasCode('ERR_FILE', missing, 'msta init')(await rejection(read(missing))))
  const file = path.join(tree(['x']), 'x')
  assert.ok(hasCode('ERR_FILE', file)(await rejection(read(file))))
})

test('a class name is a folder directly below, on every system, or refused', () => {
  for (const name of ['waving', ' jumping jacks ', 'Überschlag', '跳', 'a.b', "don't"])
    assert.is(folderOfClass(name), name.trim())
  const bad = [
    '',
    ' ',
    '..',
    '.',
    '../up',
    'a/b',
    'a\\b',
    '/etc',
    'C:',
    '.hidden',
    'a\0b',
    'a\nb',
    'nul',
    'COM1.x',
  ]
  for (const name of [...bad, 'a.', 'x'.repeat(101), '...', 'a\u202eb', '?'])
    assert.throws(() => folderOfClass(name), hasCode('ERR_ARGUMENT', 'name of a class'))
})

test('init makes folders and tells what to do, and overwrites nothing', async () => {
  const root = path.join(folder, 'new', 'actions')
  const { classes } = await initFolderDataset(root, { classes: ['waving', 'jumping jacks'] })
  assert.equal(readdirSync(root).sort(), ['README.txt', 'jumping jacks', 'waving'])
  assert.equal(classes, ['waving', 'jumping jacks'])
  const text = readFileSync(path.join(root, 'README.txt'), 'utf8')
  for (const part of ['msta train --data actions', '--adapter actions-run', '8 to 16'])
    assert.match(text, part)
  writeFileSync(path.join(root, 'README.txt'), 'mine')
  assert.ok(hasCode('ERR_FILE', root, 'not empty')(await rejection(initFolderDataset(root))))
  assert.is(readFileSync(path.join(root, 'README.txt'), 'utf8'), 'mine')
  const empty = tree([])
  await initFolderDataset(empty)
  assert.ok(readdirSync(empty).length > 2)
})

test('names that init cannot use leave nothing behind', async () => {
  const before = readdirSync(folder)
  const lists = [['one'], ['a', '../b'], ['push up', 'Push-Up'], []]
  for (const classes of lists) {
    const error = await rejection(initFolderDataset(path.join(folder, 'none'), { classes }))
    assert.ok(hasCode('ERR_ARGUMENT')(error))
  }
  const file = path.join(tree(['x']), 'x')
  assert.ok(hasCode('ERR_FILE', file)(await rejection(initFolderDataset(file))))
  assert.equal(
    readdirSync(folder).filter((name) => !name.startsWith('tree')),
    before.filter((name) => !name.startsWith('tree')),
  )
})

test('init with examples is a data set at once; aborted, nothing is there', async () => {
  const root = path.join(folder, 'example')
  const controller = new AbortController()
  const stop = () => controller.abort(new Error('stop'))
  await rejection(initFolderDataset(root, { example: true, signal: controller.signal, onProgress: stop }))
  assert.not.ok(readdirSync(folder).some((name) => name.includes('example')))
  const result = await initFolderDataset(root, { example: true })
  const { classes } = await read(root)
  assert.is(classes.length, 4)
  assert.is(
    classes.reduce((sum, each) => sum + each.training + each.validation, 0),
    result.clips,
  )
  assert.is(result.clipToTry, path.join(root, 'clip-to-try.mp4'))
  assert.equal(
    readdirSync(root).filter((name) => name.startsWith('.')),
    [],
  )
})

test.run()
