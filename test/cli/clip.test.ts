/** The commands on CLIP and ViFi-CLIP. */
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ViCLIP, type ViClipLoadOptions } from '../../lib/index.js'
import { clipFile } from '../models/clip-files.js'
import { SMALL_CLIP, saveSmallViClip } from '../models/small-viclip.js'
import { makeClips } from '../train/run-folder.js'
import { makeFolder, makeNumbered, msta, mstaJson } from './helpers.js'

const clip = suite('msta with CLIP')
const { folder, remove } = makeFolder()
const video = path.join(folder, 'good.mp4')
const LABELS = ['archery', 'surfing']
const ON_CPU = ['--device', 'cpu', '--dtype', 'float32']
let file = ''

interface Entry {
  predictions: { label: string; score: number }[]
}

clip.before(async () => {
  file = await saveSmallViClip(folder, 3, SMALL_CLIP)
  await makeNumbered(video, 20, '64x48')
})
clip.after(remove)

clip('predicts as the library does, on as many frames, as CLIP or as ViCLIP', async () => {
  const cases: [args: string[], options: ViClipLoadOptions][] = [
    [[], {}],
    [['--frames', '3'], { frames: 3 }],
    [['--as', 'viclip'], { as: 'viclip' }],
  ]
  const seen: unknown[] = []
  for (const [args, options] of cases) {
    const words = ['predict', video, '--labels', LABELS.join(), '--model', file, ...ON_CPU, ...args]
    const { json, stderr } = await mstaJson<Entry[]>(words)
    assert.is(stderr, '')
    const model = await ViCLIP.load(file, { device: 'cpu', dtype: 'float32', ...options })
    const { predictions } = await model.classify(video, LABELS)
    model.dispose()
    assert.equal(json[0]!.predictions, predictions)
    seen.push(predictions)
  }
  assert.not.equal(seen[0], seen[1])
  assert.not.equal(seen[0], seen[2])
})

clip('ViFi-CLIP without the CLIP it was tuned from says what is missing', async () => {
  const words = ['predict', video, '--labels', LABELS.join(), '--model', clipFile('vifi'), ...ON_CPU]
  const { status, stderr } = await msta(words)
  assert.is(status, 1)
  for (const part of [clipFile('vifi'), 'token_embedding', '--base FILE']) assert.match(stderr, part)
  const based = await msta([...words, '--base', path.join(folder, 'nowhere.safetensors')])
  assert.is(based.status, 1)
  assert.match(based.stderr, 'nowhere.safetensors')
})

clip('is tuned as a whole, and evaluated so', async () => {
  const clips = await makeClips(folder)
  const out = path.join(folder, 'run')
  const data = ['--data', clips.root, '--labels', clips.labels, '--model', file, ...ON_CPU]
  const settings = [
    'adapter.method=full',
    'lambda=0',
    'epochs=4',
    'warmupEpochs=1',
    'batchSize=3',
    'learningRate=2e-3',
  ]
  const set = settings.flatMap((setting) => ['--set', setting])
  const trained = await mstaJson<{ steps: number }>([
    'train',
    ...data,
    '--train',
    clips.train,
    '--out',
    out,
    ...set,
  ])
  assert.is(trained.status, 0, trained.stderr)
  assert.is(trained.json.steps, 12)
  const adapter = ['--adapter', path.join(out, 'adapter.safetensors')]
  const { json } = await mstaJson<{ videos: number; top1: number }>([
    'eval',
    ...data,
    '--list',
    clips.test,
    ...adapter,
  ])
  assert.is(json.videos, 4)
  assert.ok(json.top1 >= 0 && json.top1 <= 1)
})

clip.run()
