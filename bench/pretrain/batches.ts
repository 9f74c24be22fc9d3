import { MOTION_NAMES, type MotionName, type MotionPairName } from '../../lib/data/motions.js'
import type { Philox } from '../../lib/data/random.js'
import { drawFrame, drawScene, shapesFor } from '../../lib/data/scenes.js'
import type { Colour } from '../../lib/data/shapes.js'
import { itemStream } from '../../lib/data/streams.js'
import type { NumberedClip } from '../../lib/train/video-prefix-cache.js'
import { testTransforms } from '../../lib/video/transforms.js'
import { writeCaption } from './captions.js'
import { PAIRS } from './pairs.js'

const COLOURS: Record<string, Colour> = {
  red: [240, 40, 40],
  green: [40, 220, 60],
  blue: [60, 90, 255],
  yellow: [250, 230, 50],
  purple: [190, 60, 230],
  orange: [255, 150, 30],
  white: [245, 245, 245],
}

/** Clips with the caption of each. */
export interface CaptionedBatch {
  clips: NumberedClip[]
  captions: string[]
  /** What moves in each. */
  motions: (MotionName | MotionPairName)[]
}

/** The form of the clips that are drawn. */
export interface ClipForm {
  /** Side of the drawn pictures and of the model's frames, in pixels. */
  drawn: number
  resolution: number
  frames: number
}

/**
 * Draws the clips of one step, the same ones for the same seed and step. They come in groups of different motions, every
 * motion once or, every second group, as many of {@link PAIRS}. A group is all of one shape and colour, so that only the
 * motion tells a caption from the others of its group; every third is of any shapes and colours, and its captions name none.
 */
export function drawBatch(
  groups: number,
  form: ClipForm,
  { seed, step }: { seed: number; step: number },
): CaptionedBatch {
  const random = itemStream(seed, 'pretraining', 0, step)
  const batch: CaptionedBatch = { clips: [], captions: [], motions: [] }
  const colours = Object.keys(COLOURS)
  const transforms = testTransforms(form.drawn, form.drawn, { size: form.resolution })
  for (let group = 0; group < groups; group++) {
    const isNamed = group % 3 !== 2
    const colour = colours[random.int(colours.length)]!
    const seen = random.next()
    for (const { name, motions } of drawMotions(step * groups + group, random)) {
      const shapes = shapesFor(name)
      const shape = shapes[isNamed ? Math.floor(seen * shapes.length) : random.int(shapes.length)]!
      const clutter = random.int(4) !== 0
      const scene = drawScene(
        name,
        random,
        isNamed ? { shape, ink: COLOURS[colour]!, clutter } : { shape, clutter },
      )
      batch.motions.push(name)
      batch.captions.push(writeCaption(isNamed ? { motions, shape, colour } : { motions }, random))
      const offset = random.next()
      const pictures = Array.from({ length: form.frames }, (_, t) =>
        drawFrame(scene, form.drawn, (t + 0.5 * offset + 0.25) / form.frames),
      )
      batch.clips.push({
        entry: batch.clips.length,
        frames: Buffer.concat(pictures),
        width: form.drawn,
        height: form.drawn,
        transforms,
      })
    }
  }
  return batch
}

/** The motions of a group, all different. */
function drawMotions(number: number, random: Philox) {
  if (number % 2 === 0) return MOTION_NAMES.map((name) => ({ name, motions: [name] as const }))
  return random
    .permutation(PAIRS.length)
    .slice(0, MOTION_NAMES.length)
    .map((i) => PAIRS[i]!)
}
