// One process, one model: the times and the peak memory of a ViCLIP text forward. Run by text-forward.ts.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Ids } from '../lib/tensor/shape.js'
import { lengthsOf } from './prompts.js'
import { printTrial } from './trial.js'
import { MODEL_OPTIONS, randomModel } from './trial-model.js'
import { textFlops } from './work.js'

const { values } = parseArgs({ options: { ...MODEL_OPTIONS, ids: { type: 'string' } } })
if (!values.ids) throw new RangeError('--ids: expected a JSON file of rows of token ids')
const rows: number[][] = JSON.parse(readFileSync(values.ids, 'utf8'))
const shape = [rows.length, rows[0]!.length] as Ids
const ids = { data: Int32Array.from(rows.flat()), shape }
const { model } = await randomModel(values)
const { device, config } = model

const forward = async () => {
  const features = model.encodeText(ids)
  if (device.name === 'cpu') await features.data()
  else await device.synchronize()
  features.dispose()
}
await printTrial(device, forward, {
  warmup: Number(values.warmup),
  repeat: Number(values.repeat),
  details: async () => {
    if (!(await model.encodeText(ids).data()).every(Number.isFinite))
      throw new Error('an embedding is not finite')
    return { gflop: textFlops(config, lengthsOf(rows)) / 1e9 }
  },
})
