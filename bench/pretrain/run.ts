// Pre-trains msta-tiny: `node dist/bench/pretrain/run.js --out runs/pretrain [--resume] [--steps 3000] [--until 500]`.
import { parseArgs } from 'node:util'
import { PRETRAIN_SETTINGS, pretrain } from './pretrain.js'

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'runs/pretrain' },
    resume: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(PRETRAIN_SETTINGS.seed) },
    steps: { type: 'string', default: String(PRETRAIN_SETTINGS.steps) },
    until: { type: 'string' },
  },
})
const settings = { ...PRETRAIN_SETTINGS, seed: Number(values.seed), steps: Number(values.steps) }
let sum = 0
const file = await pretrain(settings, {
  out: values.out,
  resume: values.resume,
  until: values.until === undefined ? undefined : Number(values.until),
  onStep: ({ step, loss, seconds, gradientNorm }) => {
    sum += loss
    if (step % 20 !== 0) return
    console.log(`${step}: loss ${(sum / 20).toFixed(3)}, gradient ${gradientNorm.toFixed(2)}, ${seconds.toFixed(2)} s`)
    sum = 0
  },
})
console.log(file)
