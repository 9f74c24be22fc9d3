import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { makeFolder } from '../formats/make-folder.js'
import { MstaError } from '../runtime/errors.js'
import { encodeClips } from '../video/encode.js'
import { checkCount } from './check-count.js'
import { COMPOUND_MOTION_NAMES, type CompoundMotionName, MOTION_NAMES, type MotionName } from './motions.js'
import { drawMotion } from './scenes.js'
import { itemStream } from './streams.js'

export {
  COMPOUND_MOTION_HALVES,
  COMPOUND_MOTION_NAMES,
  type CompoundMotionName,
  MOTION_NAMES,
  type MotionName,
} from './motions.js'

type AnyMotionName = MotionName | CompoundMotionName

/** Options of {@link generateMotionDataset}. */
export interface MotionDatasetOptions {
  /**
   * Classes, by number (the first of {@link MOTION_NAMES}) or by name (also of {@link COMPOUND_MOTION_NAMES}).
   * Default 4.
   */
  classes?: number | readonly AnyMotionName[]
  trainPerClass: number
  testPerClass: number
  /** Side of the pictures in pixels, even. Default 64. */
  size?: number
  /** Frames of a clip. Default 16. */
  frames?: number
  /** Makes it harder by other shapes at rest, noise and a shaking camera. Default false. */
  clutter?: boolean
  /** A whole number from 0; the same seed gives the same pictures. */
  seed: number
  signal?: AbortSignal
  /** Told after every clip. */
  onProgress?: (progress: { done: number; total: number }) => void
}

/** Where a generated data set lies. */
export interface MotionDataset {
  root: string
  /** List files and label file, absolute. */
  train: string
  test: string
  labels: string
  /** Class names in the order of their ids. */
  names: string[]
}

const FRAMES_PER_SECOND = 8
const CLIPS_PER_RUN = 64

/**
 * Writes a small data set of coloured shapes in motion as real mp4 files: a folder for each class, `train.txt`,
 * `test.txt` and `labels.csv` in the form of ViFi-CLIP. The classes are the motions.
 * @throws MstaError ERR_ARGUMENT, ERR_FFMPEG, ERR_TIMEOUT, ERR_FILE; the signal's reason on abort.
 */
export async function generateMotionDataset(
  dir: string,
  options: MotionDatasetOptions,
): Promise<MotionDataset> {
  const names = classNames(options.classes ?? 4)
  const size = checkCount('size', options.size ?? 64, 16)
  if (size % 2 !== 0) throw new MstaError('ERR_ARGUMENT', `size must be even for mp4, not ${size}.`)
  const frames = checkCount('frames', options.frames ?? 16, 1)
  const splits = {
    train: checkCount('trainPerClass', options.trainPerClass, 0),
    test: checkCount('testPerClass', options.testPerClass, 0),
  }
  const root = path.resolve(dir)
  await makeFolder(root)
  await Promise.all(names.map((name) => makeFolder(path.join(root, folder(name)))))
  const total = names.length * (splits.train + splits.test)
  let done = 0
  const lists: Record<string, string> = {}
  for (const [number, split] of (['train', 'test'] as const).entries()) {
    const clips = names.flatMap((name, label) =>
      Array.from({ length: splits[split] }, (_, i) => ({
        name,
        target: `${folder(name)}/${split}_${String(i).padStart(4, '0')}.mp4`,
        label,
        random: itemStream(options.seed, 'synthetic', number, label * 2 ** 20 + i),
      })),
    )
    const pictures = clips.map(({ name, target, random }) => ({
      target: path.join(root, target),
      pictures: () => drawMotion(name, size, frames, random, { clutter: options.clutter ?? false }),
    }))
    await writeClips(root, pictures, { size, frames, signal: options.signal }, () => {
      options.onProgress?.({ done: ++done, total })
    })
    lists[split] = path.join(root, `${split}.txt`)
    await writeFile(lists[split]!, clips.map(({ target, label }) => `${target} ${label}\n`).join(''))
  }
  const labels = path.join(root, 'labels.csv')
  await writeFile(labels, `id,name\n${names.map((name, id) => `${id},${name}\n`).join('')}`)
  return { root, train: lists.train!, test: lists.test!, labels, names }
}

interface DrawnClip {
  target: string
  pictures: () => Iterable<Uint8Array>
}

/** Encodes into a folder beside the targets and moves finished files only: an abort leaves no half a video. */
async function writeClips(
  root: string,
  clips: readonly DrawnClip[],
  form: { size: number; frames: number; signal?: AbortSignal },
  onClip: () => void,
): Promise<void> {
  const scratch = await mkdtemp(path.join(root, '.unfinished-'))
  try {
    for (let start = 0; start < clips.length; start += CLIPS_PER_RUN) {
      const group = clips.slice(start, start + CLIPS_PER_RUN)
      const files = await encodeClips(
        scratch,
        group.map(({ pictures }) => pictures),
        {
          width: form.size,
          height: form.size,
          frames: form.frames,
          fps: FRAMES_PER_SECOND,
          signal: form.signal,
        },
      )
      for (const [i, file] of files.entries()) {
        await rename(file, group[i]!.target)
        onClip()
      }
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function classNames(classes: number | readonly AnyMotionName[]): AnyMotionName[] {
  const known: readonly AnyMotionName[] = [...MOTION_NAMES, ...COMPOUND_MOTION_NAMES]
  const names = typeof classes === 'number' ? MOTION_NAMES.slice(0, classes) : [...classes]
  const isKnown = names.every((name, i) => known.includes(name) && names.indexOf(name) === i)
  if (names.length > 0 && isKnown && (typeof classes !== 'number' || names.length === classes)) return names
  throw new MstaError(
    'ERR_ARGUMENT',
    `classes must be a number from 1 to ${MOTION_NAMES.length} or different names of ${known.join(', ')}, ` +
      `not ${JSON.stringify(classes)}.`,
  )
}

/** A folder name without spaces, which list files could not hold. */
function folder(name: string): string {
  return name.replaceAll(' ', '_')
}
