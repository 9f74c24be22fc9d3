import {
  appendFileSync,
  cpSync,
  linkSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MSTA } from '../../lib/adapters/msta/msta.js'
import type { Dataset } from '../../lib/data/dataset.js'
import type { MotionDataset } from '../../lib/data/synthetic.js'
import { readAll, readHeader, type TensorToWrite, writeSafetensors } from '../../lib/formats/safetensors.js'
import type { ViCLIP } from '../../lib/recognition/viclip.js'
import { checkpointPath } from '../../lib/train/checkpoint.js'
import { type TrainOptions, type TrainProgress, type TrainResult, train } from '../../lib/train/train.js'
import { loadSmallViClip } from '../models/small-viclip.js'
import { hasCode, rejection } from '../support/errors.js'
import { observe, quote } from '../support/observe.js'
import { noLeaks } from '../tensor/no-leaks.js'
import { makeFolder } from '../video/helpers.js'
import { bytesOf, datasetOf, makeClips, metricsOf, QUICK } from './run-folder.js'

const resuming = suite('train: resume')
const test = noLeaks(resuming)
const { folder, remove } = makeFolder()
const outOf = (name: string) => path.join(folder, name)
const DESCRIPTIONS = { spatial: [['a disc'], ['a dot']], temporal: [['it goes left'], ['it grows']] }
let model: ViCLIP
let clips: MotionDataset
let data: Dataset
let validation: Dataset

/** A run to its end; the adapter is let go of. */
async function run(options: Partial<TrainOptions>): Promise<TrainResult> {
  const result = await train({ model, data, recipe: QUICK, ...options })
  result.adapter.dispose()
  return result
}

/** A run that is aborted as soon as `when` holds. */
async function interrupted(
  options: Partial<TrainOptions>,
  when: (progress: TrainProgress) => boolean,
): Promise<void> {
  const controller = new AbortController()
  const reason = new Error('enough')
  const onProgress = (progress: TrainProgress) => {
    if (when(progress)) controller.abort(reason)
  }
  const { signal } = controller
  assert.is(await rejection(train({ model, data, recipe: QUICK, ...options, signal, onProgress })), reason)
}

function isSameRun(out: string, expected: string): void {
  assert.equal(metricsOf(out), metricsOf(expected))
  for (const name of ['adapter.safetensors', 'checkpoint/last.safetensors', 'config.json'])
    assert.ok(bytesOf(out, name).equals(bytesOf(expected, name)), `${name} differs`)
}

async function stepOf(out: string): Promise<number> {
  return JSON.parse((await readHeader(checkpointPath(out))).metadata.position!).step
}

resuming.before(async () => {
  clips = await makeClips(folder)
  data = await datasetOf(clips, clips.train)
  validation = await datasetOf(clips, clips.test)
  model = await loadSmallViClip(folder)
  await run({ out: outOf('whole') })
  await run({ out: outOf('validated'), validation })
})
resuming.after(() => {
  model.dispose()
  remove()
})

test('interrupted in the middle of an epoch, twice, it ends with the same bits', async () => {
  const out = outOf('middle')
  await interrupted({ out }, ({ step }) => step === 2)
  assert.is(await stepOf(out), 2)
  assert.is(metricsOf(out).length, 2)
  await interrupted({ out, resume: true }, ({ step }) => step === 7)
  assert.is(await stepOf(out), 7)
  const { steps, losses } = await run({ out, resume: true })
  assert.equal([steps, losses.length], [9, 2])
  isSameRun(out, outOf('whole'))
})

test('interrupted between two epochs, or after the end, too', async () => {
  const out = outOf('between')
  await interrupted({ out }, ({ step }) => step === 3)
  await run({ out, resume: true })
  isSameRun(out, outOf('whole'))
  const { steps, losses } = await run({ out, resume: true })
  assert.equal([steps, losses], [9, []])
  isSameRun(out, outOf('whole'))
})

test('MSTA+ too', async () => {
  const options = { recipe: { ...QUICK, lambda: 1 }, descriptions: DESCRIPTIONS }
  await run({ ...options, out: outOf('plus') })
  const out = outOf('plus-resumed')
  await interrupted({ ...options, out }, ({ step }) => step === 4)
  await run({ ...options, out, resume: true })
  isSameRun(out, outOf('plus'))
})

test('validations are those of an uninterrupted run', async () => {
  const out = outOf('validated-resumed')
  await interrupted({ out, validation }, ({ step }) => step === 5)
  const result = await run({ out, validation, resume: true })
  isSameRun(out, outOf('validated'))
  assert.ok(result.validation)
})

test('an interrupted validation is made up for', async () => {
  const out = outOf('validation-interrupted')
  // The last step of an epoch: what follows is its validation.
  await interrupted({ out, validation }, ({ step }) => step === 3)
  await run({ out, validation, resume: true })
  isSameRun(out, outOf('validated'))
})

test('killed without a word, it goes on from its last checkpoint', async () => {
  const out = outOf('killed')
  await interrupted({ out }, ({ step }) => step === 4)
  // As if two more steps had been done and logged, and a line had been cut off.
  const log = path.join(out, 'metrics.jsonl')
  writeFileSync(log, `${readFileSync(log, 'utf8')}{"step":5,"loss":1}\n{"step":6,"loss":1}\n{"step":7,"lo`)
  await run({ out, resume: true })
  isSameRun(out, outOf('whole'))
})

test('killed between a validation and its checkpoint, it has the line of it once', async () => {
  const out = outOf('validation-killed')
  // The last step of an epoch: what follows is its validation.
  await interrupted({ out, validation }, ({ step }) => step === 3)
  const log = path.join(out, 'metrics.jsonl')
  const line = { step: 3, epoch: 0, validation: { top1: 0, top5: 0, videos: 4, failed: 0 } }
  appendFileSync(log, `${JSON.stringify(line)}\n`)
  // What is done to the log in place shows in its other name, too.
  const other = path.join(folder, 'other-name.jsonl')
  linkSync(log, other)
  const before = readFileSync(other)
  await run({ out, validation, resume: true })
  isSameRun(out, outOf('validated'))
  assert.ok(readFileSync(other).equals(before), 'a kill while lines are dropped would lose all of them')
})

test('before its first checkpoint it begins anew', async () => {
  const out = outOf('anew')
  await interrupted({ out }, ({ step }) => step === 2)
  rmSync(path.join(out, 'checkpoint'), { recursive: true })
  await run({ out, resume: true })
  isSameRun(out, outOf('whole'))
})

test('without resume a run begins anew whatever lies there', async () => {
  const out = outOf('over')
  await interrupted({ out }, ({ step }) => step === 5)
  const { losses } = await run({ out })
  assert.is(losses.length, 9)
  isSameRun(out, outOf('whole'))
})

test("an interrupted adapter is one of a whole number of steps, the user's own too", async () => {
  const out = outOf('own')
  const controller = new AbortController()
  const adapter = MSTA.attach(model, { ...QUICK.adapter, seed: QUICK.seed })
  // In the middle of the third step, or before it: both must do.
  const onProgress = ({ step }: TrainProgress) => {
    if (step === 2) setTimeout(() => controller.abort(new Error('enough')), 5)
  }
  await rejection(train({ model, adapter, data, recipe: QUICK, out, signal: controller.signal, onProgress }))
  const step = await stepOf(out)
  assert.ok(step >= 2, `${step}`)
  const { tensors } = await readAll(checkpointPath(out))
  for (const [name, { data: values }] of await adapter.parameters.values())
    assert.equal(values, tensors.get(`parameter.${name}`)!.data, name)
  adapter.dispose()
  await run({ out, resume: true })
  isSameRun(out, outOf('whole'))
})

test('a run of something else is not continued, and left as it is', async () => {
  const out = outOf('refused')
  cpSync(outOf('whole'), out, { recursive: true })
  const list = path.join(folder, 'fewer.txt')
  writeFileSync(list, readFileSync(clips.train, 'utf8').split('\n').slice(1).join('\n'))
  const other = await loadSmallViClip(folder, 3)
  const relabelled = { ...data, labels: { ...data.labels, names: ['moving left', 'shrinking'] } }
  const wrong: [string, Partial<TrainOptions>][] = [
    ['recipe', { recipe: { ...QUICK, learningRate: 1 } }],
    ['recipe, adapter settings', { recipe: { ...QUICK, adapter: { ...QUICK.adapter, dim: 4 } } }],
    ['training list', { data: await datasetOf(clips, list) }],
    ['labels', { data: relabelled }],
    ['descriptions', { descriptions: DESCRIPTIONS }],
    ['model', { model: Object.assign(Object.create(other), { source: 'another file' }) }],
  ]
  for (const [what, options] of wrong) {
    const attempt = train({ model, data, recipe: QUICK, ...options, out, resume: true })
    assert.ok(
      hasCode('ERR_CHECKPOINT', checkpointPath(out), `another ${what};`)(await rejection(attempt)),
      what,
    )
    isSameRun(out, outOf('whole'))
  }
  other.dispose()
})

test('files that are no checkpoint of this version are refused', async () => {
  const out = outOf('strange')
  cpSync(outOf('whole'), out, { recursive: true })
  const file = checkpointPath(out)
  const { metadata } = await readHeader(file)
  const { tensors } = await readAll(file)
  const given = new Map<string, TensorToWrite>(
    [...tensors].map(([name, { shape, data }]) => [
      name,
      { dtype: 'F32', shape, data: data as Float32Array },
    ]),
  )
  const attempt = () => rejection(train({ model, data, recipe: QUICK, out, resume: true }))
  await writeSafetensors(file, given, { ...metadata, version: '2' })
  assert.ok(hasCode('ERR_CHECKPOINT', file, 'newer version')(await attempt()))
  await writeSafetensors(file, given, { ...metadata, format: 'x' })
  assert.ok(hasCode('ERR_CHECKPOINT', file, 'not a checkpoint')(await attempt()))
})

const noteOf = async (options: Partial<TrainOptions>): Promise<string[]> => {
  const notes: string[] = []
  await run({ ...options, resume: true, onNote: (note) => notes.push(note) })
  return notes
}

test('the last checkpoints are kept, and an earlier one takes the place of a damaged one', async () => {
  const out = outOf('damaged')
  cpSync(outOf('whole'), out, { recursive: true })
  const file = checkpointPath(out)
  const earlier = path.join(out, 'checkpoint', 'step-6.safetensors')
  assert.equal(readdirSync(path.dirname(file)).sort(), ['last.safetensors', 'step-6.safetensors'])
  const bytes = readFileSync(file)
  // One bit in the middle of the values.
  bytes[bytes.length - 1000]! ^= 1
  writeFileSync(file, bytes)
  const notes = await noteOf({ out })
  assert.is(notes.length, 1)
  assert.match(notes[0]!, `${file}: damaged`)
  isSameRun(out, outOf('whole'))
  observe('damagedCheckpoints', `noted on resuming: ${quote(notes[0]!)}, and the same bits at the end`)
  rmSync(file)
  assert.equal(await noteOf({ out }), [])
  isSameRun(out, outOf('whole'))
  for (const each of [file, earlier]) writeFileSync(each, 'junk')
  const failed = await rejection(train({ model, data, recipe: QUICK, out, resume: true }))
  assert.ok(hasCode('ERR_FORMAT', file)(failed))
  assert.equal(readFileSync(earlier, 'utf8'), 'junk')
})

test('as many checkpoints are kept as asked for, none of another run', async () => {
  const out = outOf('kept')
  const namesOf = () => readdirSync(path.join(out, 'checkpoint')).sort()
  await run({ out, keepCheckpoints: 3 })
  assert.equal(namesOf(), ['last.safetensors', 'step-3.safetensors', 'step-6.safetensors'])
  writeFileSync(
    path.join(out, 'checkpoint', '.last.safetensors.999999.0123abcd.tmp'),
    'left by a killed process',
  )
  rmSync(checkpointPath(out))
  await run({ out, keepCheckpoints: 1, resume: true })
  assert.equal(namesOf(), ['last.safetensors'])
  await run({ out, keepCheckpoints: 3 })
  await run({ out, recipe: { ...QUICK, epochs: 1 } })
  assert.equal(namesOf(), ['last.safetensors'])
  assert.ok(hasCode('ERR_ARGUMENT', 'keepCheckpoints')(await rejection(run({ keepCheckpoints: 0 }))))
})

test('a full disk ends a run with its last checkpoint', async () => {
  const out = outOf('full')
  await interrupted({ out }, ({ step }) => step === 4)
  const log = path.join(out, 'metrics.jsonl')
  const before = readFileSync(log)
  rmSync(log)
  // Every write to it fails as on a full disk.
  symlinkSync('/dev/full', log)
  const failed = await rejection(train({ model, data, recipe: QUICK, out, resume: true }))
  assert.ok(hasCode('ERR_FILE', log, 'free space')(failed))
  rmSync(log)
  writeFileSync(log, before)
  await run({ out, resume: true })
  isSameRun(out, outOf('whole'))
  observe('fullDisk', `the log on a full disk: ${quote(failed)}, and the run resumed to the same bits`)
})

resuming.run()
