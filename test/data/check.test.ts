import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkDataset } from '../../lib/index.js'
import { findFfmpeg } from '../../lib/video/ffmpeg.js'
import { errorOf, makeFolder, makeNumbered, makeVideo, withEnvironment } from '../video/helpers.js'

const test = suite('data/check')
const { folder: root, remove } = makeFolder()
test.after(remove)

const at = (name: string) => path.join(root, name)
const labels = { names: ['a', 'b', 'c'], file: null, sha256: null }

function writeList(...lines: string[]): string {
  writeFileSync(at('list.txt'), `${lines.join('\n')}\n`)
  return at('list.txt')
}

test.before(async () => {
  await makeNumbered(at('good.mp4'), 20)
  await makeNumbered(at('other.mp4'), 24)
  await makeNumbered(at('short.mp4'), 5)
  await makeVideo(at('audio.mp4'), 'sine=d=1', '-c:a', 'aac')
  copyFileSync(at('good.mp4'), at('copy.mp4'))
  writeFileSync(at('broken.mp4'), 'this is no video at all')
  mkdirSync(at('frames'))
  await makeNumbered(at('frames/img_%05d.png'), 9, '32x24', '-f', 'image2')
})

async function kinds(...lines: string[]) {
  const report = await checkDataset({ root, list: writeList(...lines), labels })
  return report.problems.map(({ kind, line, isBad }) => `${line} ${kind}${isBad ? ' bad' : ''}`)
}

test('a list without problems', async () => {
  const list = writeList('good.mp4 0', 'other.mp4 1')
  const report = await checkDataset({ root, list, labels })
  assert.equal([report.videos, report.bad, report.problems], [2, 0, []])
  assert.equal([report.root, report.list.file], [root, list])
  assert.equal(report.classes, [
    { label: 0, name: 'a', videos: 1, bad: 0 },
    { label: 1, name: 'b', videos: 1, bad: 0 },
    { label: 2, name: 'c', videos: 0, bad: 0 },
  ])
})

test('each kind of problem, where it is', async () => {
  const report = await checkDataset({
    root,
    list: writeList('good.mp4 0', 'broken.mp4 0', 'audio.mp4 1', 'gone.mp4 1', 'short.mp4 2', 'copy.mp4 0'),
    labels,
    concurrency: 2,
  })
  assert.equal(
    report.problems.map(({ kind, isBad, path, label, line }) => [kind, isBad, path, label, line]),
    [
      ['undecodable', true, 'broken.mp4', 0, 2],
      ['audio-only', true, 'audio.mp4', 1, 3],
      ['missing', true, 'gone.mp4', 1, 4],
      ['short', false, 'short.mp4', 2, 5],
      ['duplicate', false, 'copy.mp4', 0, 6],
    ],
  )
  for (const { message, file } of report.problems) assert.ok(message.includes(file), message)
  assert.match(report.problems[4]!.message, /good\.mp4 \(line 1\)/)
  assert.equal([report.videos, report.bad], [6, 3])
  assert.equal(
    report.classes.map(({ videos, bad }) => [videos, bad]),
    [
      [3, 1],
      [2, 2],
      [1, 0],
    ],
  )
})

test('one path or one content under two labels is bad, under one label not', async () => {
  assert.equal(await kinds('good.mp4 0', 'good.mp4 0'), ['2 listed-twice'])
  assert.equal(await kinds('good.mp4 0', './good.mp4 1'), ['2 two-labels bad'])
  assert.equal(await kinds('good.mp4 0', 'copy.mp4 2'), ['2 two-labels bad'])
  assert.equal(await kinds('copy.mp4 0', 'good.mp4 0', 'copy.mp4 1'), ['2 duplicate', '3 two-labels bad'])
  assert.equal(await kinds('gone.mp4 0', 'gone.mp4 0'), ['1 missing bad', '2 missing bad', '2 listed-twice'])
})

test('how many frames are too few is the caller’s to say', async () => {
  const list = writeList('short.mp4 0')
  assert.equal((await checkDataset({ root, list, labels, frames: 5 })).problems, [])
  const { problems } = await checkDataset({ root, list, labels, frames: 6 })
  assert.equal(
    problems.map(({ kind }) => kind),
    ['short'],
  )
  assert.is((await errorOf(() => checkDataset({ root, list, labels, frames: 0 }))).code, 'ERR_ARGUMENT')
})

test('frame folders are checked like files', async () => {
  mkdirSync(at('same'))
  for (let i = 1; i <= 9; i++) copyFileSync(at(`frames/img_0000${i}.png`), at(`same/${i}.png`))
  mkdirSync(at('damaged'))
  for (let i = 1; i <= 9; i++) copyFileSync(at(`frames/img_0000${i}.png`), at(`damaged/${i}.png`))
  writeFileSync(at('damaged/5.png'), 'x')
  assert.equal(await kinds('frames 9 0', 'same 9 0', 'damaged 9 0'), ['2 duplicate', '3 undecodable bad'])
  assert.equal(await kinds('frames 10 0'), ['1 frame-count'])
})

test('without labels the classes are those of the list', async () => {
  const { classes } = await checkDataset({ root, list: writeList('good.mp4 7', 'other.mp4 2') })
  assert.equal(classes, [
    { label: 2, name: null, videos: 1, bad: 0 },
    { label: 7, name: null, videos: 1, bad: 0 },
  ])
})

test('progress reaches every file once', async () => {
  const list = writeList('good.mp4 0', 'good.mp4 0', 'other.mp4 1', 'gone.mp4 1', 'broken.mp4 1')
  const told: string[] = []
  const onProgress = ({ done, total }: { done: number; total: number }) => told.push(`${done}/${total}`)
  await checkDataset({ root, list, labels, onProgress })
  assert.equal(told, ['1/3', '2/3', '3/3'])
})

test('abort rejects with the reason, before and amid', async () => {
  const reason = new Error('stop')
  const list = writeList('good.mp4 0', 'other.mp4 1', 'short.mp4 1')
  const before = () => checkDataset({ root, list, labels, signal: AbortSignal.abort(reason) })
  assert.is(await errorOf(before), reason)
  const stop = new AbortController()
  const told: number[] = []
  const onProgress = ({ done }: { done: number }) => {
    told.push(done)
    stop.abort(reason)
  }
  const amid = () => checkDataset({ root, list, labels, concurrency: 1, signal: stop.signal, onProgress })
  assert.is(await errorOf(amid), reason)
  assert.equal(told, [1])
})

test('without ffmpeg there is an error, not a folder of bad videos', async () => {
  const call = () => checkDataset({ root, list: writeList('good.mp4 0'), labels })
  const error = await withEnvironment({ MSTA_FFMPEG: at('none') }, () => errorOf(call))
  assert.is(error.code, 'ERR_FFMPEG')
})

test('a failure ends what still runs', async () => {
  const { path: ffmpeg } = await findFfmpeg()
  const script = at('slow-ffmpeg')
  const lines = [
    '#!/bin/sh',
    `if [ "$1" = -version ] || mkdir "${at('first')}"; then exec "${ffmpeg}" "$@"; fi`,
    `sleep 20; echo > "${at('ended')}"`,
  ]
  writeFileSync(script, lines.join('\n'), { mode: 0o755 })
  cpSync(at('frames'), at('more frames'), { recursive: true })
  const reason = new Error('no room for the progress')
  const onProgress = () => {
    throw reason
  }
  const list = writeList('frames,0', 'more frames,1')
  const check = () => checkDataset({ root, list, labels, concurrency: 2, onProgress })
  assert.is(await withEnvironment({ MSTA_FFMPEG: script }, () => errorOf(check)), reason)
  assert.not.ok(existsSync(at('ended')))
})

test('no more processes run than allowed', async () => {
  const { path: ffmpeg } = await findFfmpeg()
  const log = at('running.txt')
  const script = at('counting-ffmpeg')
  const lines = [
    '#!/bin/sh',
    `if [ "$1" = -version ]; then exec "${ffmpeg}" "$@"; fi`,
    `echo start >> "${log}"`,
    `"${ffmpeg}" "$@"`,
    'status=$?',
    `echo end >> "${log}"`,
    'exit $status',
  ]
  writeFileSync(script, lines.join('\n'), { mode: 0o755 })
  const names = Array.from({ length: 24 }, (_, i) => `c${i}.mp4`)
  for (const name of names) copyFileSync(at('good.mp4'), at(name))
  const list = writeList(...names.map((name) => `${name} 0`))
  await withEnvironment({ MSTA_FFMPEG: script }, () => checkDataset({ root, list, labels, concurrency: 2 }))
  const events = readFileSync(log, 'utf8').trim().split('\n')
  let running = 0
  let most = 0
  for (const event of events) {
    running += event === 'start' ? 1 : -1
    most = Math.max(most, running)
  }
  assert.ok(events.length > 4, 'more runs than may run at a time')
  assert.equal([running, most <= 2], [0, true])
})

test.run()
