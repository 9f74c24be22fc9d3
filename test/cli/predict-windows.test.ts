import { writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mergeWindows, type Segment, ViCLIP, type WindowRecognition } from '../../lib/index.js'
import { makeFolder, makeNumbered, msta, mstaJson } from './helpers.js'

const predict = suite('msta predict --window')
const { folder, remove } = makeFolder()
const LABELS = ['archery', 'surfing', 'juggling']
const ARGS = ['--model', 'random:tiny', '--device', 'cpu', '--labels', LABELS.join(',')]
let model: ViCLIP

interface Entry {
  video: string
  windows?: WindowRecognition[]
  segments?: Segment[]
  error?: { code: string; message: string }
}

predict.before(async () => {
  process.chdir(folder)
  await makeNumbered('long.mp4', 60, '64x48')
  writeFileSync('junk.mp4', 'junk '.repeat(100))
  model = await ViCLIP.load('random:tiny', { device: 'cpu', seed: 0 })
})
predict.after(() => {
  model.dispose()
  process.chdir('/')
  remove()
})

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list = []
  for await (const item of items) list.push(item)
  return list
}

predict('the timeline is that of the library, one entry a video', async () => {
  const { json, status, stderr } = await mstaJson<Entry[]>([
    ...['predict', 'long.mp4', 'junk.mp4', 'long.mp4', ...ARGS],
    ...['--window', '2s', '--stride', '500ms', '--top-k', '2'],
  ])
  assert.is(status, 1)
  const options = { windowSeconds: 2, strideSeconds: 0.5, topK: 2 }
  const windows = await all(model.classifyWindows('long.mp4', LABELS, options))
  assert.is(windows.length, 9)
  assert.equal([json[0], json[2]], Array(2).fill({ video: 'long.mp4', windows }))
  assert.equal([json[1]!.video, json[1]!.windows, json[1]!.error?.code], ['junk.mp4', [], 'ERR_VIDEO'])
  assert.match(stderr, 'error: junk.mp4')
})

predict('people get a line a window', async () => {
  const { status, stdout } = await msta(['predict', 'long.mp4', ...ARGS, '--window', '2', '--top-k', '1'])
  assert.is(status, 0)
  assert.match(stdout, /^long\.mp4\n( +\d\.00 +\d\.00 +\d+\.\d\d % \w+\n){3}$/)
})

predict('--merge joins neighbours', async () => {
  const { json } = await mstaJson<Entry[]>(['predict', 'long.mp4', ...ARGS, '--window', '1s', '--merge'])
  const windows = model.classifyWindows('long.mp4', LABELS, { windowSeconds: 1 })
  const segments = await all(mergeWindows(windows))
  assert.equal(json, [{ video: 'long.mp4', segments }])
  assert.is(
    segments.reduce((sum, segment) => sum + segment.windows, 0),
    6,
  )
})

for (const [name, wrong, message] of [
  ['a window of nothing', ['--window', '0'], '--window "0"'],
  ['a negative window', ['--window=-2s'], '--window "-2s"'],
  ['a word', ['--window', 'long'], '--window "long"'],
  ['a stride of nothing', ['--window', '2s', '--stride', '0ms'], '--stride "0ms"'],
  ['a stride without a window', ['--stride', '1s'], 'need --window'],
  ['--merge without a window', ['--merge'], 'need --window'],
  ['several views', ['--window', '2s', '--views', '4x1'], '--views'],
] as const) {
  predict(`${name} is a wrong call, told before a model is loaded`, async () => {
    const { status, stdout, stderr } = await msta(['predict', 'long.mp4', ...ARGS, ...wrong])
    assert.equal([status, stdout], [2, ''])
    assert.match(stderr, message)
    assert.not.match(stderr, 'warning')
  })
}

predict.run()
