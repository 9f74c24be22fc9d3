/** Videos that are not what they were when the training began. */
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Dataset } from '../../lib/data/dataset.js'
import type { ViCLIP } from '../../lib/recognition/viclip.js'
import { type TrainProgress, type TrainResult, train } from '../../lib/train/train.js'
import { msta } from '../cli/helpers.js'
import { loadSmallViClip } from '../models/small-viclip.js'
import { hasCode, rejection } from '../support/errors.js'
import { observe, quote } from '../support/observe.js'
import { datasetOf, makeClips, QUICK } from '../train/run-folder.js'
import { makeFolder, makeVideo } from '../video/helpers.js'
import { smallTraining } from './small-training.js'

const changing = suite('changing videos')
const { folder, remove } = makeFolder()
let model: ViCLIP
let data: Dataset
let file = ''
let saved = Buffer.alloc(0)

changing.before(async () => {
  const clips = await makeClips(folder)
  data = await datasetOf(clips, clips.train)
  model = await loadSmallViClip(folder)
  file = data.entries[0]!.file
  saved = readFileSync(file)
})
changing.after.each(() => writeFileSync(file, saved))
changing.after(() => {
  model.dispose()
  remove()
})

/** A training in which `change` happens after the first epoch of three. */
async function whileTraining(change: () => void, badVideos?: 'fail'): Promise<TrainResult> {
  const onProgress = ({ step }: TrainProgress) => {
    if (step === 3) change()
  }
  const result = await train({ model, data, recipe: QUICK, badVideos, onProgress })
  result.adapter.dispose()
  assert.is(result.steps, 9)
  assert.ok(result.losses.every(Number.isFinite))
  return result
}

const CHANGES = {
  vanishes: { change: () => rmSync(file), code: 'ERR_FILE' },
  'is overwritten with something else': { change: () => writeFileSync(file, 'no video'), code: 'ERR_VIDEO' },
  'is cut to nothing': { change: () => writeFileSync(file, ''), code: 'ERR_VIDEO' },
} as const

for (const [what, { change, code }] of Object.entries(CHANGES))
  changing(`one that ${what} is left out and told of, or ends the run, as asked`, async () => {
    const { failures } = await whileTraining(change)
    assert.is(failures.length, 1)
    assert.ok(hasCode(code, file)(failures[0]!.error))
    writeFileSync(file, saved)
    assert.ok(hasCode(code, file)(await rejection(whileTraining(change, 'fail'))))
    observe('changingVideos', `one that ${what}: ${code}, and the training went on`)
  })

changing('one that becomes another, longer or shorter, is trained on as it is now', async () => {
  for (const seconds of [3, 0.4]) {
    const other = await makeVideo(path.join(folder, `${seconds}.mp4`), `testsrc=s=48x40:r=10:d=${seconds}`)
    const { failures } = await whileTraining(() => copyFileSync(other, file))
    assert.equal(failures, [])
    observe('changingVideos', { 'replaced by another video and trained on': 1 })
  }
})

changing('one that is missing from the beginning is told of, or refused, as asked', async () => {
  const { clips, command } = await smallTraining(path.join(folder, 'cli'), 1)
  const list = path.join(folder, 'with-missing.txt')
  writeFileSync(list, `${readFileSync(clips.train, 'utf8')}nowhere.mp4 0\n`)
  const train = (...more: string[]) => msta([...command(path.join(folder, 'run'), ...more), '--train', list])
  const skipped = await train()
  assert.is(skipped.status, 0, skipped.stderr)
  assert.match(skipped.stderr, 'warning: nowhere.mp4 does not exist and is left out')
  observe('changingVideos', `missing from the list: status ${skipped.status}, ${quote(skipped.stderr)}`)
  const failed = await train('--on-bad-video', 'fail')
  assert.is(failed.status, 1, failed.stderr)
  for (const part of ['nowhere.mp4 (line 9)', 'ERR_FILE'])
    assert.ok(failed.stderr.includes(part), failed.stderr)
  observe('changingVideos', `with --on-bad-video fail: status ${failed.status}`)
})

changing.run()
