import type { MotionName } from '../../lib/data/motions.js'
import type { Philox } from '../../lib/data/random.js'
import type { ShapeName } from '../../lib/data/shapes.js'
import { tellStory } from './stories.js'

/** Words for each motion; the first are the name of its class. */
const MOTION_WORDS: Record<MotionName, readonly string[]> = {
  'moving left': ['moving left', 'moving to the left', 'going left', 'sliding left', 'drifting to the left'],
  'moving right': [
    'moving right',
    'moving to the right',
    'going right',
    'sliding right',
    'drifting to the right',
  ],
  'moving up': ['moving up', 'moving upwards', 'going up', 'rising', 'climbing'],
  'moving down': ['moving down', 'moving downwards', 'going down', 'falling', 'sinking'],
  growing: ['growing', 'getting bigger', 'getting larger', 'expanding', 'coming closer'],
  shrinking: ['shrinking', 'getting smaller', 'becoming small', 'contracting', 'going away'],
  circling: ['circling', 'going around in a circle', 'orbiting', 'running in circles'],
  blinking: ['blinking', 'flashing', 'going on and off', 'appearing and disappearing'],
  'turning clockwise': ['turning clockwise', 'rotating clockwise', 'spinning clockwise'],
  'turning counterclockwise': [
    'turning counterclockwise',
    'rotating counterclockwise',
    'spinning counterclockwise',
  ],
  'fading in': ['fading in', 'appearing slowly', 'becoming visible', 'lighting up'],
  'fading out': ['fading out', 'disappearing slowly', 'fading away', 'vanishing'],
  'swinging left and right': [
    'swinging left and right',
    'swinging from side to side',
    'moving left and right',
    'swaying',
  ],
  'bouncing up and down': ['bouncing up and down', 'bouncing', 'jumping up and down', 'hopping'],
  trembling: ['trembling', 'shaking', 'shivering', 'vibrating'],
  'standing still': ['standing still', 'not moving', 'resting', 'staying where it is'],
}

const SHAPE_WORDS: Record<ShapeName, readonly string[]> = {
  disc: ['disc', 'circle', 'ball', 'dot'],
  square: ['square', 'box'],
  triangle: ['triangle'],
  ring: ['ring', 'hoop'],
  cross: ['cross', 'plus sign'],
}

const ANY_SHAPE = ['a shape', 'something', 'an object', 'a thing'] as const
/** Two motions at once, first as the names of classes have it. */
const AT_ONCE = ['{a} while {b}', '{b} while {a}', '{a} and {b}', '{b} and {a} at the same time'] as const
const FRAMES = ['{}', 'a video of {}', 'a video of {}.', 'a clip of {}', 'a short film of {}'] as const

/** What a caption may tell of a clip. */
export interface Subject {
  /** One, or two at once. */
  motions: readonly [MotionName] | readonly [change: MotionName, way: MotionName]
  /** Left out: the caption tells the motion only. */
  shape?: ShapeName
  /** In a word. */
  colour?: string
}

/** A caption of a clip in one of many wordings. */
export function writeCaption({ motions, shape, colour }: Subject, random: Philox): string {
  const pick = <T>(words: readonly T[]): T => words[random.int(words.length)]!
  let subject = random.int(2) === 0 ? '' : pick(ANY_SHAPE)
  if (shape !== undefined) {
    const article = pick(['a', 'the'])
    subject = [article, colour, pick(SHAPE_WORDS[shape])].filter((word) => word !== undefined).join(' ')
  }
  const wording = random.int(4)
  if (wording === 0) return tellStory(subject || 'it', motions, pick)
  // Half of the captions use the words of the class name, so that it is learned well.
  const isFree = wording === 1
  const [first, second] = motions.map((motion) => (isFree ? pick(MOTION_WORDS[motion]) : motion))
  const form = isFree ? pick(AT_ONCE) : AT_ONCE[0]
  const told = second === undefined ? first! : form.replace('{a}', first!).replace('{b}', second)
  return pick(FRAMES).replace('{}', subject === '' ? told : `${subject} ${told}`)
}
