/** A small data set with a broken and an audio-only file in its lists, and a quick recipe for it. */
import { appendFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { generateMotionDataset, type MotionDataset } from '../../lib/data/synthetic.js'
import { makeVideo } from '../video/helpers.js'

/** Four classes, 16 clips each to train on and 12 to test on. */
export async function makeProtocolData(folder: string): Promise<MotionDataset> {
  const clips = await generateMotionDataset(path.join(folder, 'clips'), {
    classes: 4,
    trainPerClass: 16,
    testPerClass: 12,
    size: 32,
    frames: 4,
    seed: 1,
  })
  for (const split of ['train', 'test'] as const) {
    writeFileSync(path.join(clips.root, `broken-${split}.mp4`), `junk of ${split}`)
    await makeVideo(path.join(clips.root, `audio-${split}.mp4`), `sine=d=0.${split.length}`, '-c:a', 'aac')
    // One in each half of the classes: more than one in twenty would fail the run.
    appendFileSync(clips[split], `broken-${split}.mp4 0\naudio-${split}.mp4 2\n`)
  }
  return clips
}

/** Changes that make any protocol's recipe quick, for the small model of the tests. */
export const QUICK = ['epochs=1', 'batchSize=16', 'adapter.layers=1-2', 'adapter.dim=4', 'warmupEpochs=0']

/** Writes description files for these classes. */
export function writeDescriptions(folder: string, names: readonly string[]) {
  const write = (kind: string) => {
    const file = path.join(folder, `${kind}.json`)
    const lists = names.map((name, id) => [id, [`the ${kind} of ${name}.`, `${name}, its ${kind}.`]])
    writeFileSync(file, JSON.stringify(Object.fromEntries(lists)))
    return file
  }
  return { spatial: write('looks'), temporal: write('steps') }
}
