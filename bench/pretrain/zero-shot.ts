import path from 'node:path'
import { loadDataset } from '../../lib/data/dataset.js'
import { COMPOUND_MOTION_NAMES, generateMotionDataset, MOTION_NAMES } from '../../lib/data/synthetic.js'
import { evaluate } from '../../lib/evaluate/evaluate.js'
import type { ViCLIP } from '../../lib/recognition/viclip.js'

/** Zero-shot accuracy on generated videos, from 0 to 1. */
export interface ZeroShot {
  classes: 'seen' | 'compound'
  clutter: boolean
  top1: number
  chance: number
  videos: number
}

/** How the videos of {@link zeroShot} are made. */
export interface ZeroShotOptions {
  folder: string
  seed: number
  perClass: number
}

/** Writes mp4 files of the motions seen in pre-training and of two motions at once, and recognises them. */
export async function zeroShot(
  model: ViCLIP,
  { folder, seed, perClass }: ZeroShotOptions,
): Promise<ZeroShot[]> {
  const results: ZeroShot[] = []
  for (const [classes, names] of [
    ['seen', MOTION_NAMES],
    ['compound', COMPOUND_MOTION_NAMES],
  ] as const)
    for (const clutter of [false, true]) {
      const root = path.join(folder, `${classes}-${clutter}`)
      const made = await generateMotionDataset(root, {
        classes: names,
        trainPerClass: 0,
        testPerClass: perClass,
        clutter,
        seed,
      })
      const data = await loadDataset({ root, list: made.test, labels: made.labels })
      const { top1, videos } = await evaluate({ model, data })
      results.push({ classes, clutter, top1, chance: 1 / names.length, videos })
    }
  return results
}
