import { copyFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DatasetReport } from '../../lib/index.js'
import { makeVideo } from '../video/helpers.js'
import { makeFolder, makeNumbered, msta, mstaJson } from './helpers.js'

const check = suite('msta data check')
const { folder, remove } = makeFolder()
check.after(remove)

const at = (name: string) => path.join(folder, name)
const clean = at('clean.txt')
const damaged = at('damaged.txt')
const labels = at('labels.csv')

check.before(async () => {
  await makeNumbered(at('good.mp4'), 12)
  await makeNumbered(at('short.mp4'), 4)
  await makeVideo(at('audio.mp4'), 'sine=d=1', '-c:a', 'aac')
  copyFileSync(at('good.mp4'), at('copy.mp4'))
  writeFileSync(at('broken.mp4'), 'this is no video at all')
  writeFileSync(labels, 'id,name\r\n0,archery\r\n1,surfing\r\n')
  writeFileSync(clean, 'good.mp4 0\nshort.mp4 1\n')
  writeFileSync(damaged, 'good.mp4 0\nbroken.mp4 0\naudio.mp4 1\ncopy.mp4 0\n')
})

const run = (list: string, ...more: string[]) => ['data', 'check', '--data', folder, '--list', list, ...more]

check('--json is the report of the library; bad videos are a failure', async () => {
  const { status, stderr, json } = await mstaJson<DatasetReport>(run(damaged, '--labels', labels))
  assert.equal([status, stderr], [1, ''])
  assert.equal(
    json.problems.map(({ kind, path }) => [kind, path]),
    [
      ['undecodable', 'broken.mp4'],
      ['audio-only', 'audio.mp4'],
      ['duplicate', 'copy.mp4'],
    ],
  )
  assert.equal([json.videos, json.bad, json.list.file], [4, 2, damaged])
  assert.equal(json.classes, [
    { label: 0, name: 'archery', videos: 3, bad: 1 },
    { label: 1, name: 'surfing', videos: 1, bad: 1 },
  ])
})

check('in lines: every problem, the classes, the sums', async () => {
  const { status, stdout } = await msta(run(damaged))
  assert.is(status, 1)
  for (const part of ['undecodable, line 2: ', 'audio-only, line 3: ', 'duplicate, line 4: ', 'class 1'])
    assert.match(stdout, part)
  assert.match(stdout, /4 videos, 2 bad \(1 undecodable, 1 audio-only, 1 duplicate\)\n$/)
})

check('what is short or a duplicate is told, and is no failure', async () => {
  const { status, json } = await mstaJson<DatasetReport>(run(clean))
  assert.equal([status, json.bad, json.problems.map(({ kind }) => kind)], [0, 0, ['short']])
  const enough = await mstaJson<DatasetReport>(run(clean, '--frames', '4'))
  assert.equal([enough.status, enough.json.problems], [0, []])
})

check('wrong calls and lists', async () => {
  for (const args of [['data'], ['data', 'mend'], ['data', 'check'], run(clean, '--frames', '0')]) {
    const { status, stdout, stderr } = await msta(args)
    assert.equal([status, stdout], [2, ''], args.join(' '))
    assert.match(stderr, 'error: ')
  }
  writeFileSync(at('wrong.txt'), 'good.mp4 0\ngood.mp4 archery\n')
  const wrong = await msta(run(at('wrong.txt')))
  assert.equal([wrong.status, wrong.stdout], [1, ''])
  assert.match(wrong.stderr, 'wrong.txt:2: ')
})

check('help tells of it', async () => {
  const [all, group, own] = await Promise.all(
    [['--help'], ['data', '--help'], ['data', 'check', '--help']].map((args) => msta(args)),
  )
  assert.match(all!.stdout, 'msta data')
  assert.match(group!.stdout, 'msta data check')
  for (const option of ['--data', '--list', '--labels', '--frames', '--json'])
    assert.match(own!.stdout, option)
})

check.run()
