// Pre-trains msta-tiny, writes its weights and the record of how they came about:
// `npm run pretrain -- [--out runs/pretrain] [--resume] [--until 500] [--weights weights/msta-tiny.safetensors]`.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { ViCLIP } from '../../lib/recognition/viclip.js'
import { PRETRAIN_SETTINGS, pretrain } from './pretrain.js'
import { writeRecord, writeWeights } from './record.js'
import { zeroShot } from './zero-shot.js'

const STEPS_A_PRINT = 20

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'runs/pretrain' },
    resume: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(PRETRAIN_SETTINGS.seed) },
    steps: { type: 'string', default: String(PRETRAIN_SETTINGS.steps) },
    /** Stop before this step; `--resume` goes on. */
    until: { type: 'string' },
    weights: { type: 'string' },
    /** Of the videos that the model is tested on. */
    testSeed: { type: 'string', default: '1000' },
    clipsPerClass: { type: 'string', default: '20' },
  },
})
const settings = { ...PRETRAIN_SETTINGS, seed: Number(values.seed), steps: Number(values.steps) }
let sum = 0
const trained = await pretrain(settings, {
  out: values.out,
  resume: values.resume,
  until: values.until === undefined ? undefined : Number(values.until),
  onStep: ({ step, loss, seconds }) => {
    sum += loss
    if (step % STEPS_A_PRINT !== 0) return
    console.log(`step ${step}: loss ${(sum / STEPS_A_PRINT).toFixed(3)}, ${seconds.toFixed(2)} s a step`)
    sum = 0
  },
})

const file = values.weights ?? path.join(values.out, 'msta-tiny.safetensors')
const weights = await writeWeights(trained, file)
const videos = await mkdtemp(path.join(tmpdir(), 'msta-zero-shot-'))
const model = await ViCLIP.load(file, { device: 'cpu', dtype: 'float32' })
try {
  const test = { seed: Number(values.testSeed), perClass: Number(values.clipsPerClass) }
  const results = await zeroShot(model, { folder: videos, ...test })
  for (const { classes, clutter, top1, chance } of results)
    console.log(
      `${classes} motions${clutter ? ', cluttered' : ''}: ${(100 * top1).toFixed(1)} % (chance ${100 * chance} %)`,
    )
  const record = file.replace(/(\.safetensors)?$/, '.json')
  await writeRecord(record, values.out, { settings, weights, zeroShot: { seed: test.seed, results } })
  console.log(`${file}, ${weights.bytes} bytes; ${record}`)
} finally {
  model.dispose()
  await rm(videos, { recursive: true, force: true })
}
