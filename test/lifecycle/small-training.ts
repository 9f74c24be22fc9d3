/** A training small enough to be run many times, as a command. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import * as assert from 'uvu/assert'
import type { MotionDataset } from '../../lib/data/synthetic.js'
import { saveSmallViClip } from '../models/small-viclip.js'
import { makeClips, metricsOf } from '../train/run-folder.js'

export interface SmallTraining {
  clips: MotionDataset
  /** Arguments of `msta` that train into a folder: three steps an epoch. */
  command: (out: string, ...more: string[]) => string[]
}

export async function smallTraining(folder: string, epochs: number): Promise<SmallTraining> {
  const clips = await makeClips(folder)
  const model = await saveSmallViClip(folder)
  const recipe = ['lambda=0', `epochs=${epochs}`, 'batchSize=3', 'adapter.layers=1-2', 'adapter.dim=8']
  const command = (out: string, ...more: string[]) => [
    ...['train', '--device', 'cpu', '--dtype', 'float32', '--model', model, '--out', out],
    ...['--data', clips.root, '--train', clips.train, '--labels', clips.labels],
    ...more,
    ...['--set', ...recipe],
  ]
  return { clips, command }
}

/** That two runs ended with the same numbers, to the bit. */
export function isSameRun(out: string, expected: string): void {
  for (const name of ['adapter.safetensors', 'checkpoint/last.safetensors', 'config.json'])
    assert.ok(
      readFileSync(path.join(out, name)).equals(readFileSync(path.join(expected, name))),
      `${name} differs`,
    )
  assert.equal(metricsOf(out), metricsOf(expected))
}
