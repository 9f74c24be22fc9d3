import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describeMotions } from '../../lib/data/motion-descriptions.js'
import { type CompoundMotionName, generateMotionDataset } from '../../lib/data/synthetic.js'
import { runProtocol } from '../../lib/protocols/protocol.js'
import type { ProtocolRequest } from '../../lib/protocols/request.js'
import type { ViCLIP } from '../../lib/recognition/viclip.js'
import { COMMON } from './axes.js'

/** What came of a setting: accuracies from 0 to 1, a value a seed. */
export interface Trial {
  system: string
  /** Of the recipe base-to-novel. */
  changes: string[]
  base: number[]
  novel: number[]
  /** Harmonic mean of the mean accuracies. */
  hm: number
  parameters: number
  /** Of a training, on average. */
  seconds: number
}

/** Of the clips that trials are made with. */
export interface TrialClips {
  seed: number
  trainPerClass: number
  testPerClass: number
}

/** Of the clips of all trials; others than the demo's. */
export const CLIPS: TrialClips = { seed: 5000, trainPerClass: 20, testPerClass: 20 }

/** Of the runs of a trial. */
export const SEEDS = [0, 1]

/**
 * Writes clips and descriptions for trials.
 * @param classes the first half are base, the others novel
 */
export async function writeTrialData(
  folder: string,
  classes: readonly CompoundMotionName[],
  clips: TrialClips,
): Promise<Pick<ProtocolRequest, 'data' | 'descriptions' | 'cacheFrames'>> {
  const { root, train, test, labels } = await generateMotionDataset(folder, { classes, ...clips })
  const described = describeMotions(classes)
  const file = (kind: string) => path.join(root, `${kind}.json`)
  for (const kind of ['spatial', 'temporal'] as const)
    await writeFile(file(kind), JSON.stringify({ ...described[kind] }))
  return {
    data: { root, train, test, labels },
    descriptions: { spatial: file('spatial'), temporal: file('temporal') },
    cacheFrames: { folder: path.join(root, 'frames') },
  }
}

/** Trains and tests a system with some changes of the recipe, by the base-to-novel protocol. */
export async function tryOut(
  model: ViCLIP,
  files: Awaited<ReturnType<typeof writeTrialData>>,
  { system, changes, seeds }: { system: string; changes: readonly string[]; seeds: readonly number[] },
): Promise<Trial> {
  const isTrained = system !== 'zero-shot'
  const all = isTrained ? [...COMMON, ...changes] : []
  const { systems } = await runProtocol(
    {
      ...files,
      protocol: 'base-to-novel',
      model: { source: model.source, dtype: 'float32' },
      systems: [system],
      changes: all.map((change) => `${system}:${change}`),
      seeds,
    },
    { model },
  )
  const [{ base, novel, hm, parameters, runs }] = systems as [(typeof systems)[number]]
  const seconds = runs.reduce((sum, { training }) => sum + (training?.seconds ?? 0), 0) / runs.length
  return {
    ...{ system, changes: all, base: base!.values, novel: novel!.values, hm: hm!.mean },
    parameters: parameters.trained,
    seconds: Number(seconds.toFixed(1)),
  }
}
