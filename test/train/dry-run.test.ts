import { existsSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Dataset } from '../../lib/data/dataset.js'
import { parameterCount } from '../../lib/models/viclip/config.js'
import { ViCLIP } from '../../lib/recognition/viclip.js'
import { dryRun } from '../../lib/train/dry-run.js'
import { saveSmallViClip } from '../models/small-viclip.js'
import { hasCode, rejection } from '../support/errors.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'
import { datasetOf, makeClips, QUICK } from './run-folder.js'

const dry = suite('train: dry run')
const test = noLeaks(dry)
const { folder, remove } = makeFolder()
let model: ViCLIP
let data: Dataset

dry.before(async () => {
  const clips = await makeClips(folder)
  data = await datasetOf(clips, clips.train)
  model = await ViCLIP.load(await saveSmallViClip(folder), { device: 'cpu', dtype: 'float32' })
  await dryRun({ model, data, recipe: QUICK })
})
dry.after(() => {
  model.dispose()
  remove()
})

test('tells parameters, memory and time, and writes nothing', async () => {
  const out = path.join(folder, 'out')
  const run = await dryRun({ model, data, recipe: { ...QUICK, epochs: 30 }, out })
  assert.not.ok(existsSync(out))
  assert.is(run.parameters.total, parameterCount(model.config) + run.parameters.trained)
  assert.equal([run.measuredSteps, run.steps], [4, 90])
  assert.ok(run.secondsPerStep > 0)
  assert.is(run.seconds, 90 * run.secondsPerStep)
  const { weightsMb, stepMb, peakMb } = run.memory
  assert.ok(weightsMb > 0 && stepMb >= 0 && peakMb === weightsMb + stepMb)
  const short = await dryRun({ model, data, recipe: { ...QUICK, epochs: 1, warmupEpochs: 0 } })
  assert.is(short.measuredSteps, 3)
})

test('the model that is tuned as a whole stays as it was', async () => {
  const values = async () => (await model.encodeText(['a clip'])).data
  const before = await values()
  const { parameters } = await dryRun({ model, data, recipe: { ...QUICK, adapter: { method: 'full' } } })
  assert.is(parameters.total, parameterCount(model.config))
  assert.equal(await values(), before)
})

test('an abort and a wrong recipe are what they are elsewhere', async () => {
  const reason = new Error('enough')
  assert.is(
    await rejection(dryRun({ model, data, recipe: QUICK, signal: AbortSignal.abort(reason) })),
    reason,
  )
  const wrong = dryRun({ model, data, recipe: { ...QUICK, epochs: 0 } })
  assert.ok(hasCode('ERR_ARGUMENT', 'epochs')(await rejection(wrong)))
})

dry.run()
