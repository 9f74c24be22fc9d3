import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadDataset } from '../../lib/data/dataset.js'
import { COMPOUND_MOTION_NAMES, generateMotionDataset, MOTION_NAMES } from '../../lib/data/synthetic.js'
import { evaluate } from '../../lib/evaluate/evaluate.js'
import { ViCLIP } from '../../lib/recognition/viclip.js'
import { weightsHash } from '../../lib/recognition/weights-hash.js'
import { makeFolder } from '../video/helpers.js'

const test = suite('recognition/msta-tiny')
const { folder, remove } = makeFolder()
let model: ViCLIP

test.before(async () => {
  model = await ViCLIP.load('msta-tiny', { device: 'cpu', dtype: 'float32' })
})
test.after(() => {
  model.dispose()
  remove()
})

async function zeroShot(classes: typeof MOTION_NAMES | typeof COMPOUND_MOTION_NAMES): Promise<number> {
  const made = await generateMotionDataset(path.join(folder, `of ${classes[0]}`), {
    classes,
    trainPerClass: 0,
    testPerClass: 4,
    seed: 77,
  })
  const data = await loadDataset({ root: made.root, list: made.test, labels: made.labels })
  const { top1, videos } = await evaluate({ model, data })
  assert.is(videos, 64)
  return top1
}

test('recognises generated videos far above chance, of pairs it has never seen some, without any training', async () => {
  const seen = await zeroShot(MOTION_NAMES)
  const unseen = await zeroShot(COMPOUND_MOTION_NAMES)
  // Chance is 1 in 16.
  assert.ok(seen > 0.8, `${seen}`)
  assert.ok(unseen > 0.35 && unseen < seen, `${unseen}`)
})

test('takes any text, and tells words apart that it was never shown', async () => {
  const texts = ['a video of archery.', 'a video of surfing.', 'éè 東京 🙂', '', 'word '.repeat(200)]
  const { data, shape } = await model.encodeText(texts)
  assert.equal(shape, [texts.length, model.config.embedDim])
  assert.ok(data.every(Number.isFinite))
  assert.not.equal(data.slice(0, shape[1]), data.slice(shape[1], 2 * shape[1]))
})

test('its source is its name, and its file has a hash', async () => {
  assert.is(model.source, 'msta-tiny')
  assert.match((await weightsHash('msta-tiny')) ?? '', /^[0-9a-f]{64}$/)
})

test.run()
