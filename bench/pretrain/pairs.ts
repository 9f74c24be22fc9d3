import type { MotionName, MotionPairName } from '../../lib/data/motions.js'
import { COMPOUND_MOTION_NAMES } from '../../lib/data/synthetic.js'

// What changes a shape where it is, and what changes its place.
const CHANGES: readonly MotionName[] = [
  'growing',
  'shrinking',
  'blinking',
  'turning clockwise',
  'turning counterclockwise',
  'fading in',
  'fading out',
]
const WAYS: readonly MotionName[] = [
  'moving left',
  'moving right',
  'moving up',
  'moving down',
  'circling',
  'swinging left and right',
  'bouncing up and down',
  'trembling',
]

/** Two motions at once. */
export interface MotionPair {
  name: MotionPairName
  motions: readonly [change: MotionName, way: MotionName]
}

const isKeptBack = (name: string): boolean => (COMPOUND_MOTION_NAMES as readonly string[]).includes(name)

/** The pairs that are pre-trained on: every change with every way, but for those that msta-tiny is to be tested on. */
export const PAIRS: readonly MotionPair[] = CHANGES.flatMap((change) =>
  WAYS.map((way): MotionPair => ({ name: `${change} while ${way}`, motions: [change, way] })),
).filter(({ name }) => !isKeptBack(name))
