import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ResultComparison, SavedResult } from '../../lib/index.js'
import { makeClips } from '../train/run-folder.js'
import { makeFolder, msta, mstaJson } from './helpers.js'

const results = suite('msta results')
const { folder, remove } = makeFolder()
results.after(remove)

const RESULT: SavedResult = {
  model: 'b16',
  adapter: null,
  top1: 0.5,
  top5: 0.75,
  videos: 100,
  failed: 1,
  failures: [],
  perClass: [
    { label: 'archery', accuracy: 0.4, videos: 50 },
    { label: 'rowing', accuracy: 0.6, videos: 50 },
    { label: 'diving', accuracy: null, videos: 0 },
  ],
  confusion: [20, 30, 0, 20, 30, 0, 0, 0, 0],
  views: '1x1',
  template: 'a video of {}.',
  list: { file: 'test.txt', sha256: 'a'.repeat(64) },
  seconds: 3,
}
const AFTER: SavedResult = {
  ...RESULT,
  adapter: 'adapter.safetensors',
  top1: 0.75,
  perClass: [
    { label: 'archery', accuracy: 0.9, videos: 50 },
    { label: 'rowing', accuracy: 0.6, videos: 50 },
    { label: 'diving', accuracy: null, videos: 0 },
  ],
}

let count = 0
function write(content: unknown): string {
  const file = path.join(folder, `${count++}.json`)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

results('show has a line a file, with mean and deviation', async () => {
  const files = [write(RESULT), write(AFTER)]
  const { status, stdout } = await msta(['results', 'show', ...files])
  assert.is(status, 0)
  const lines = stdout.trimEnd().split('\n')
  assert.is(lines.length, 4)
  assert.match(lines[1]!, /50\.00 % +75\.00 % +100 +1 +1x1 +b16$/)
  assert.match(lines[2]!, /75\.00 % +75\.00 % +100 +1 +1x1 +adapter\.safetensors$/)
  // (0.75 - 0.5) / sqrt(2)
  assert.match(lines[3]!, 'mean ± std (ddof 1) of 2: top-1 62.50 % ± 17.68, top-5 75.00 % ± 0.00')
  const one = await msta(['results', 'show', files[0]!])
  assert.not.match(one.stdout, 'mean')
})

results('diff tells settings, accuracies and classes that changed', async () => {
  const files = [write(RESULT), write(AFTER)]
  const { json } = await mstaJson<ResultComparison>(['results', 'diff', ...files])
  assert.equal(json.settings, [{ setting: 'adapter', before: 'none', after: 'adapter.safetensors' }])
  assert.ok(json.isSameTask)
  const { margin, ...top1 } = json.top1
  assert.equal(top1, { before: 0.5, after: 0.75, change: 0.25 })
  assert.ok(Math.abs(margin - 1.96 * Math.sqrt(0.25 / 100 + 0.1875 / 100)) < 1e-12)
  assert.equal(json.perClass, [{ label: 'archery', before: 0.4, after: 0.9, change: 0.5 }])
  const { stdout, stderr } = await msta(['results', 'diff', ...files])
  assert.match(stdout, 'top-1 50.00 % -> 75.00 %, +25.00 points, beyond the margin of 12.96')
  assert.match(stdout, /^\+50\.00 +40\.00 % +90\.00 % +archery$/m)
  assert.is(stderr, '')
})

results('diff warns when the lists or classes are not the same, wherever a list lies', async () => {
  const first = write(RESULT)
  const others: [Partial<SavedResult>, string[]][] = [
    [{ list: { file: 'moved.txt', sha256: RESULT.list.sha256 } }, []],
    [{ list: { file: 'test.txt', sha256: 'b'.repeat(64) } }, ['list']],
    [{ perClass: RESULT.perClass.slice(0, 2) }, ['classes']],
  ]
  for (const [changes, settings] of others) {
    const files = [first, write({ ...RESULT, ...changes })]
    const { json, stderr } = await mstaJson<ResultComparison>(['results', 'diff', ...files])
    assert.equal(
      json.settings.map(({ setting }) => setting),
      settings,
    )
    assert.is(json.isSameTask, settings.length === 0)
    assert.is(stderr.includes('not of the same task'), settings.length > 0)
  }
})

results('reads what msta eval writes', async () => {
  const clips = await makeClips(folder)
  const data = ['--data', clips.root, '--list', clips.test, '--labels', clips.labels]
  const { stdout, json } = await mstaJson<SavedResult>(['eval', '--device', 'cpu', ...data])
  const shown = await mstaJson<{ results: SavedResult[] }>(['results', 'show', write(stdout)])
  const { file: _, ...own } = shown.json.results[0]! as SavedResult & { file: string }
  assert.equal(own, json)
})

results('wrong files are named with the key at fault, wrong calls refused', async () => {
  const wrong: [unknown, string][] = [
    ['{', 'not JSON'],
    ['[]', 'the whole'],
    [{ ...RESULT, top1: 50 }, 'top1'],
    [{ ...RESULT, videos: -1 }, 'videos'],
    [{ ...RESULT, list: {} }, 'list'],
    [{ ...RESULT, perClass: [{ label: 'a' }] }, 'perClass'],
  ]
  for (const [content, part] of wrong) {
    const file = write(content)
    const { status, stderr } = await msta(['results', 'show', file])
    assert.is(status, 1)
    assert.match(stderr, part)
    assert.match(stderr, `${file}:`)
    assert.match(stderr, 'ERR_FORMAT')
  }
  const absent = await msta(['results', 'show', path.join(folder, 'absent.json')])
  assert.is(absent.status, 1)
  assert.match(absent.stderr, 'ERR_FILE')
  const calls = [['show'], ['diff', 'a.json'], ['diff', 'a', 'b', 'c'], ['compare', 'a'], []]
  for (const args of calls) assert.is((await msta(['results', ...args])).status, 2, args.join())
})

results.run()
