import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { drawBatch } from '../../bench/pretrain/batches.js'
import { PAIRS } from '../../bench/pretrain/pairs.js'
import { PRETRAIN_SETTINGS, type PretrainStep, pretrain } from '../../bench/pretrain/pretrain.js'
import { describeFile, type PretrainRecord, STEPS_A_LINE } from '../../bench/pretrain/record.js'
import { COMPOUND_MOTION_NAMES, MOTION_NAMES } from '../../lib/data/synthetic.js'
import { packageRoot } from '../../lib/runtime/package-root.js'
import { hasCode, rejection } from '../support/errors.js'
import { makeFolder } from '../video/helpers.js'

const test = suite('bench/pretrain')
const { folder, remove } = makeFolder()
test.after(remove)

const weights = path.join(packageRoot, 'weights', 'msta-tiny.safetensors')
const record = JSON.parse(readFileSync(weights.replace('.safetensors', '.json'), 'utf8')) as PretrainRecord
// Instruction sets sum in different orders; a step makes a tenth of a loss.
const TOLERANCE = 2e-3

async function losses(name: string, until: number, resume = false): Promise<number[]> {
  const steps: PretrainStep[] = []
  await pretrain(record.settings, {
    out: path.join(folder, name),
    until,
    resume,
    onStep: (step) => steps.push(step),
  })
  return steps.map(({ loss }) => loss)
}

test('the record is of the weights in the package, which are small', async () => {
  const { parameters, ...file } = record.weights
  assert.equal(await describeFile(weights), file)
  assert.ok(file.bytes <= 8e6)
  assert.is(record.losses.length, Math.ceil(record.steps / STEPS_A_LINE))
  assert.equal(record.settings, PRETRAIN_SETTINGS)
})

test('pre-training repeats, goes on after a stop, and begins as the record says', async () => {
  const all = await losses('all', 3)
  assert.is(record.firstLosses.length, 3)
  for (const [i, loss] of record.firstLosses.entries())
    assert.ok(!(Math.abs(loss - all[i]!) > TOLERANCE), `step ${i}: ${all[i]}, not ${loss}`)
  const parts = [...(await losses('parts', 2)), ...(await losses('parts', 3, true))]
  assert.equal(parts, all)
  assert.ok(existsSync(path.join(folder, 'parts', 'model.safetensors')))
  const other = { ...record.settings, seed: 2 }
  const changed = pretrain(other, { out: path.join(folder, 'all'), until: 4, resume: true })
  hasCode('ERR_CHECKPOINT', 'seed')(await rejection(changed))
})

test('pairs of motions are drawn, but none of those that it is tested on, and captions tell of them', () => {
  const form = { drawn: 16, resolution: 16, frames: 1 }
  const batches = [0, 1, 2, 3, 4, 5].map((step) => drawBatch(3, form, { seed: 1, step }))
  const motions = batches.flatMap((batch) => batch.motions)
  const captions = batches.flatMap((batch) => batch.captions)
  assert.equal([captions.length, motions.length], [6 * 3 * MOTION_NAMES.length, captions.length])
  assert.ok(new Set(captions).size > captions.length / 2)
  const pairs = new Set(motions.filter((name) => name.includes(' while ')))
  assert.ok(pairs.size > 30)
  assert.equal(
    COMPOUND_MOTION_NAMES.filter((name) => pairs.has(name)),
    [],
  )
  assert.is(PAIRS.length, 7 * 8 - COMPOUND_MOTION_NAMES.length)
  const told = captions[motions.indexOf('moving left')]!
  assert.match(told, 'left')
})

test.run()
