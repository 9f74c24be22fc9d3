/** A small data set, a small model and runs on them. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { type Dataset, loadDataset } from '../../lib/data/dataset.js'
import { generateMotionDataset, type MotionDataset } from '../../lib/data/synthetic.js'
import { RECIPES, type Recipe } from '../../lib/train/recipes.js'

/** A quick recipe; 8 clips make 3 steps an epoch. */
export const QUICK: Recipe = {
  ...RECIPES['few-shot']!,
  name: 'quick',
  batchSize: 3,
  learningRate: 5e-3,
  epochs: 3,
  warmupEpochs: 1,
  lambda: 0,
  seed: 5,
  adapter: { dim: 8, layers: [1, 2], alpha: 0.5, dropout: 0.1 },
}

/** Two classes with four clips each to train on and two to test on. */
export function makeClips(folder: string): Promise<MotionDataset> {
  return generateMotionDataset(path.join(folder, 'clips'), {
    classes: ['moving left', 'growing'],
    trainPerClass: 4,
    testPerClass: 2,
    size: 32,
    frames: 8,
    seed: 1,
  })
}

export const datasetOf = ({ root, labels }: MotionDataset, list: string): Promise<Dataset> =>
  loadDataset({ root, list, labels })

/** Lines of a run's metrics.jsonl, without what differs from run to run. */
export function metricsOf(out: string): Record<string, unknown>[] {
  const lines = readFileSync(path.join(out, 'metrics.jsonl'), 'utf8').trimEnd().split('\n')
  return lines.map((line) => {
    const {
      seconds: _,
      secondsWaiting: __,
      peakMemoryMb: ___,
      ...rest
    } = JSON.parse(line) as Record<string, unknown>
    return rest
  })
}

/** Names of what lies in a run folder; those of event files without the time. */
export const namesIn = (out: string): string[] =>
  readdirSync(out)
    .map((name) => name.replace(/(?<=^events\.out\.tfevents\.)\d+/, 'TIME'))
    .sort()

export const bytesOf = (out: string, ...name: string[]): Buffer => readFileSync(path.join(out, ...name))
