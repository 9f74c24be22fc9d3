import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { CompoundMotionName, ProtocolRequest } from '../index.js'
import type { Context } from './run.js'

/** Where the demo's clips and descriptions lie. */
export interface DemoData {
  /** Class names, those of the base half first. */
  classes: readonly CompoundMotionName[]
  train: string
  test: string
  data: ProtocolRequest['data']
  descriptions: NonNullable<ProtocolRequest['descriptions']>
}

// Of so many times what a run takes each seed draws others.
const SPARE = 1.25

/** Writes mp4 clips of two motions at once, their lists, and descriptions of all classes. */
export async function writeDemoData(
  folder: string,
  { seed, shots, testPerClass }: { seed: number; shots: number; testPerClass: number },
  { library, signal, output }: Context,
): Promise<DemoData> {
  const { base, novel } = library.COMPOUND_MOTION_HALVES
  const classes = [...base, ...novel]
  const { root, train, test, labels } = await library.generateMotionDataset(path.join(folder, 'clips'), {
    classes,
    trainPerClass: Math.ceil(SPARE * shots),
    testPerClass,
    seed,
    signal,
    onProgress: ({ done, total }) => output.progress('clips', done, total),
  })
  const described = library.describeMotions(classes)
  const files = { spatial: path.join(root, 'spatial.json'), temporal: path.join(root, 'temporal.json') }
  for (const kind of ['spatial', 'temporal'] as const)
    await writeFile(files[kind], `${JSON.stringify({ ...described[kind] }, null, 2)}\n`)
  return { classes, train, test, data: { root, train, test, labels }, descriptions: files }
}
