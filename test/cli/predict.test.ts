import { cpSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { generateMotionDataset, loadDataset, MSTA, ViCLIP } from '../../lib/index.js'
import { makeFolder, makeNumbered, msta, mstaJson, type Run, untilStderr } from './helpers.js'

const predict = suite('msta predict')
const { folder, remove } = makeFolder()
const LABELS = ['archery', 'surfing', 'eating "soup", slowly']
const WORDS = `${LABELS[0]},${LABELS[1]},"eating ""soup"", slowly"`
const adapterFile = path.join(folder, 'adapter.safetensors')
let model: ViCLIP
let adapter: MSTA

type Entry =
  | { video: string; predictions: { label: string; score: number }[] }
  | { video: string; error: { code: string; message: string } }

predict.before(async () => {
  process.chdir(folder)
  await makeNumbered('good.mp4', 20, '64x48')
  await makeNumbered('small.mp4', 3, '32x24')
  cpSync('good.mp4', '-dashed name.mp4')
  writeFileSync('junk.mp4', 'junk '.repeat(100))
  writeFileSync('empty.mp4', '')
  writeFileSync('labels.csv', `id,name\n0,archery\n1,surfing\n2,"eating ""soup"", slowly"\n`)
  model = await ViCLIP.load('random:tiny', { device: 'cpu', seed: 0 })
  adapter = MSTA.attach(model, { dim: 16, alpha: 1, seed: 1 })
  await adapter.save(adapterFile)
})
predict.after(() => {
  adapter.dispose()
  model.dispose()
  process.chdir('/')
  remove()
})

const onCpu = ['--device', 'cpu']
const random = [...onCpu, '--model', 'random:tiny']

predict('good and bad videos give one entry each, in order, and exit status 1', async () => {
  const videos = [
    'good.mp4',
    'missing.mp4',
    'junk.mp4',
    'small.mp4',
    'empty.mp4',
    '.',
    '-dashed name.mp4',
    'good.mp4',
  ]
  const args = ['predict', ...random, '--labels', WORDS, '--json', '--', ...videos]
  const { status, stdout, stderr } = await msta(args)
  const entries = JSON.parse(stdout) as Entry[]
  assert.is(status, 1)
  assert.equal(
    entries.map(({ video }) => video),
    videos,
  )
  assert.equal(
    entries.map((entry) => ('error' in entry ? entry.error.code : entry.predictions.length)),
    [3, 'ERR_FILE', 'ERR_VIDEO', 3, 'ERR_VIDEO', 'ERR_FILE', 3, 3],
  )
  for (const entry of entries) {
    if ('error' in entry) assert.match(entry.error.message, entry.video)
  }
  assert.equal(entries[6], { ...entries[0], video: '-dashed name.mp4' })
  assert.match(stderr, 'warning: random:tiny')
})

predict('predictions are those of the library', async () => {
  const args = ['predict', 'good.mp4', ...random, '--labels', 'labels.csv', '--views', '2x3', '--top-k', '2']
  const { json, status } = await mstaJson<Entry[]>([...args, '--template', 'people {}'])
  assert.is(status, 0)
  const options = { views: '2x3', topK: 2, template: 'people {}' }
  assert.equal(json, [await model.classify('good.mp4', LABELS, options)])
})

predict('without --model, what drawn shapes do is recognised', async () => {
  const classes = ['moving left', 'moving right', 'growing', 'shrinking'] as const
  const made = await generateMotionDataset('motions', {
    classes,
    trainPerClass: 0,
    testPerClass: 4,
    seed: 31,
  })
  const { entries } = await loadDataset({ root: made.root, list: made.test, labels: made.labels })
  const files = entries.map(({ file }) => file)
  const args = ['predict', ...files, '--labels', made.labels, '--top-k', '1']
  const { json, stderr } = await mstaJson<Entry[]>([...args, ...onCpu])
  assert.match(stderr, 'warning: msta-tiny')
  const isRight = (entry: Entry, i: number) =>
    'predictions' in entry && entry.predictions[0]!.label === classes[entries[i]!.label]
  assert.ok(json.filter(isRight).length >= 13, JSON.stringify(json))
})

predict('an adapter is used', async () => {
  const args = ['predict', 'good.mp4', ...random, '--labels', WORDS, '--adapter', adapterFile]
  const { json } = await mstaJson<Entry[]>(args)
  const expected = await model.classify('good.mp4', LABELS, { adapter })
  assert.equal(json, [expected])
  assert.not.equal(expected, await model.classify('good.mp4', LABELS))
  const wrong = await msta([...args, '--adapter', 'good.mp4'])
  assert.is(wrong.status, 1)
  assert.match(wrong.stderr, 'good.mp4')
})

predict('a random model is that of its seed', async () => {
  const args = ['predict', 'good.mp4', ...random, '--labels', WORDS]
  const runs = await Promise.all(['0', '7'].map((seed) => mstaJson<Entry[]>([...args, '--seed', seed])))
  assert.equal(runs[0]!.json, [await model.classify('good.mp4', LABELS)])
  assert.not.equal(runs[1]!.json, runs[0]!.json)
})

predict('people get a small table a video on stdout and errors on stderr', async () => {
  const { status, stdout, stderr } = await msta([
    'predict',
    'good.mp4',
    'missing.mp4',
    ...onCpu,
    '--labels',
    WORDS,
  ])
  assert.is(status, 1)
  assert.match(stdout, /^good\.mp4\n( +\d+\.\d\d % {2}.+\n){3}$/)
  assert.match(stderr, 'error: missing.mp4 does not exist')
  assert.not.match(stderr, '\x1b')
})

predict('bad labels fail before a model is loaded', async () => {
  const { status, stdout, stderr } = await msta(['predict', 'good.mp4', '--labels', 'none.csv', '--json'])
  assert.equal([status, stdout], [1, ''])
  assert.match(stderr, 'none.csv')
  assert.not.match(stderr, 'warning')
})

/** A run that would take minutes, to interrupt. */
const longRun = (onStart: Parameters<typeof msta>[1]) =>
  msta(
    ['predict', ...Array(200).fill('small.mp4'), ...onCpu, '--labels', WORDS, '--views', '1000x3', '--json'],
    onStart,
  )

function isInterrupted({ status, stdout, stderr, seconds }: Run, expected: number): void {
  assert.is(status, expected, stderr)
  assert.is(stdout, '')
  assert.match(stderr, 'interrupted')
  assert.not.match(stderr, 'error')
  assert.ok(seconds < 15, `${seconds} s`)
}

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  predict(`${signal} ends a run soon with status ${status}`, async () => {
    const run = await longRun({
      async onStart(child) {
        await untilStderr(child, 'warning')
        await wait(500)
        child.kill(signal)
      },
    })
    isInterrupted(run, status)
  })
}

predict('when nobody reads on, the run ends quietly', async () => {
  const { status, stderr, seconds } = await msta(
    ['predict', ...Array(3000).fill('small.mp4'), ...onCpu, '--labels', WORDS],
    { onStart: (child) => child.stdout!.once('data', () => child.stdout!.destroy()) },
  )
  assert.is(status, 0)
  assert.match(stderr, /^warning: .*\ncomputing in \w+ on cpu\n$/)
  assert.ok(seconds < 15, `${seconds} s`)
})

predict.run()
