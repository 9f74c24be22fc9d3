/** The way of somebody with clips of their own: init, train, predict. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeFolder, msta, mstaJson } from './helpers.js'

const test = suite('cli: own actions')
const { folder: cwd, remove } = makeFolder()
const CPU = ['--device', 'cpu']

interface Trained {
  out: string
  best: { top1: number; epoch: number } | null
}

test.before(async () => {
  const { status, stdout, stderr } = await msta(['init', 'my-actions', '--example'], { cwd })
  assert.is(status, 0, stderr)
  assert.match(stdout, 'msta train --data my-actions')
  assert.equal(readdirSync(cwd), ['my-actions'])
})
test.after(remove)

test('a folder is trained on with nothing else given, and its run is enough to predict', async () => {
  const args = ['train', '--data', 'my-actions', '--set', 'epochs=4', ...CPU]
  const { status, stderr, json } = await mstaJson<Trained>(args, { cwd })
  assert.is(status, 0, stderr)
  for (const part of ['32 clips to train on + 8 held out', 'recipe small', '--patience', 'my-actions-run'])
    assert.match(stderr, part)
  assert.is(json.out, 'my-actions-run')
  for (const name of ['train.txt', 'validation.txt', 'labels.csv', 'adapter.safetensors'])
    assert.ok(existsSync(path.join(cwd, json.out, name)), name)
  // Chance is 0.25, and what msta-tiny knows of these classes without training less.
  assert.ok(json.best!.top1 >= 0.75, JSON.stringify(json.best))

  for (const adapter of ['my-actions-run/adapter.safetensors', 'my-actions-run']) {
    const clip = path.join(cwd, 'my-actions', 'clip-to-try.mp4')
    const told = await mstaJson<{ predictions: { label: string }[] }[]>(
      ['predict', clip, '--adapter', path.join(cwd, adapter), ...CPU],
      { cwd: '/' },
    )
    assert.is(told.json[0]!.predictions[0]!.label, 'growing while moving left')
    assert.match(told.stderr, 'model msta-tiny, as in')
  }

  const lists = ['--train', 'my-actions-run/train.txt', '--labels', 'my-actions-run/labels.csv']
  const again = await msta(
    ['train', '--data', 'my-actions', ...lists, '--dry-run', '--set', 'adapter.layers=1-4', ...CPU],
    { cwd },
  )
  assert.is(again.status, 0, again.stderr)
})

test('a dry run writes nothing', async () => {
  const before = readdirSync(cwd)
  const { status, stderr } = await msta(['train', '--data', 'my-actions', '--dry-run', ...CPU], { cwd })
  assert.is(status, 0, stderr)
  assert.equal(readdirSync(cwd), before)
})

test('wrong calls and folders are told with the remedy', async () => {
  const fails = async (status: number, args: string[], ...parts: string[]) => {
    const run = await msta(args, { cwd })
    assert.is(run.status, status, run.stderr)
    for (const part of parts) assert.match(run.stderr, part)
  }
  mkdirSync(path.join(cwd, 'empty', 'waving'), { recursive: true })
  await fails(1, ['train', '--data', 'empty'], 'waving', 'no video', 'ERR_LIST')
  await fails(1, ['train', '--data', 'nowhere'], 'nowhere does not exist', 'msta init')
  await fails(2, ['train', '--data', 'my-actions', '--labels', 'a.csv'], '--train')
  await fails(2, ['train', '--data', 'my-actions', '--train', 'a.txt'], '--labels')
  await fails(2, ['train', '--data', 'my-actions', '--out', 'my-actions/run'], 'another place')
  await fails(1, ['init', 'my-actions'], 'not empty')
  await fails(2, ['init', 'others', '--classes', 'a,../b'], '../b')
  await fails(2, ['init', 'others', '--classes', 'a,b', '--example'], '--classes')
  await fails(2, ['predict', 'a.mp4'], '--labels', '--adapter')
  await fails(2, ['predict', 'a.mp4', '--adapter', 'a.safetensors'], '--labels')
  assert.not.ok(existsSync(path.join(cwd, 'others')))
  assert.match(readFileSync(path.join(cwd, 'my-actions', 'README.txt'), 'utf8'), 'drawn examples')
})

test.run()
