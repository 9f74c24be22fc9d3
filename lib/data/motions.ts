import type { Philox } from './random.js'

/** How a shape stands at one moment: centre and radius in shares of the picture's side. */
export interface Pose {
  x: number
  y: number
  radius: number
  /** Turned clockwise by so many radians. */
  angle: number
  /** From 0, not to be seen, to 1. */
  opacity: number
}

/** Where the shape is at time `u` from 0 (first frame) to 1 (last frame). */
export type Path = (u: number) => Pose

/** The motions a class can be named after, in the order in which classes take them. */
export const MOTION_NAMES = [
  'moving left',
  'moving right',
  'moving up',
  'moving down',
  'growing',
  'shrinking',
  'circling',
  'blinking',
  'turning clockwise',
  'turning counterclockwise',
  'fading in',
  'fading out',
  'swinging left and right',
  'bouncing up and down',
  'trembling',
  'standing still',
] as const

/** Name of a motion. */
export type MotionName = (typeof MOTION_NAMES)[number]

const LOOKS = ['growing', 'shrinking', 'blinking', 'fading out'] as const
const WAYS = ['moving left', 'moving right', 'moving up', 'moving down'] as const

/** Two motions at once; they must not change the same of a shape. */
export type MotionPairName = `${MotionName} while ${MotionName}`

/** Name of one of {@link COMPOUND_MOTION_NAMES}. */
export type CompoundMotionName = `${(typeof LOOKS)[number]} while ${(typeof WAYS)[number]}`

/** Two motions at once, of which msta-tiny's pre-training has seen none: each of four changes, each of four ways. */
export const COMPOUND_MOTION_NAMES: readonly CompoundMotionName[] = LOOKS.flatMap((look) =>
  WAYS.map((way) => `${look} while ${way}` as const),
)

const goes = (name: string, ways: readonly string[]): boolean => ways.some((way) => name.endsWith(way))

/**
 * {@link COMPOUND_MOTION_NAMES} for the base-to-novel protocol: every change while moving left or right, and every change
 * while moving up or down.
 */
export const COMPOUND_MOTION_HALVES: Readonly<Record<'base' | 'novel', readonly CompoundMotionName[]>> = {
  base: COMPOUND_MOTION_NAMES.filter((name) => goes(name, ['left', 'right'])),
  novel: COMPOUND_MOTION_NAMES.filter((name) => goes(name, ['up', 'down'])),
}

/** Draws how a shape moves: place, size and speed are random. */
export function drawPath(name: MotionName | MotionPairName, random: Philox): Path {
  const parts = name.split(' while ') as MotionName[]
  const { rest, changes } = drawChanges(random)
  return (u) => Object.assign({ ...rest }, ...parts.map((part) => changes[part](u)))
}

/** What each motion changes of a shape at rest, all drawn from the same numbers. */
function drawChanges(random: Philox): {
  rest: Pose
  changes: Record<MotionName, (u: number) => Partial<Pose>>
} {
  const between = (low: number, high: number) => low + (high - low) * random.next()
  const radius = between(0.1, 0.17)
  const across = between(0.2, 0.8)
  const from = between(0.15, 0.3)
  const to = between(0.7, 0.85)
  const along = (u: number) => from + (to - from) * u
  const place = { x: between(0.35, 0.65), y: between(0.35, 0.65) }
  const start = between(0, 2 * Math.PI)
  const rest = { ...place, radius, angle: 0, opacity: 1 }
  const grow = (u: number) => ({ radius: 0.06 + (0.2 + radius - 0.06) * u })
  // Less than a quarter in all frames of a view together would look the same for a cross either way round.
  const turns = between(2, 3.2)
  const turn = (u: number) => ({ angle: start + turns * u, radius: radius + 0.08 })
  const wave = between(1.5, 2.5) * 2 * Math.PI
  const swing = (centre: number, u: number) => centre + 0.22 * Math.sin(start + wave * u)
  const shiver = (u: number, phase: number) => 0.05 * Math.sin(start + phase + 97 * u)
  return {
    rest,
    changes: {
      'moving left': (u) => ({ x: along(1 - u), y: across }),
      'moving right': (u) => ({ x: along(u), y: across }),
      'moving up': (u) => ({ x: across, y: along(1 - u) }),
      'moving down': (u) => ({ x: across, y: along(u) }),
      growing: grow,
      shrinking: (u) => grow(1 - u),
      circling: (u) => {
        const angle = start + 2 * Math.PI * u
        return { x: 0.5 + 0.25 * Math.cos(angle), y: 0.5 + 0.25 * Math.sin(angle) }
      },
      blinking: (u) => ({ opacity: Math.floor(u * 7.999) % 2 === 0 ? 1 : 0 }),
      'turning clockwise': turn,
      'turning counterclockwise': (u) => turn(1 - u),
      'fading in': (u) => ({ opacity: u }),
      'fading out': (u) => ({ opacity: 1 - u }),
      'swinging left and right': (u) => ({ x: swing(0.5, u), y: place.y }),
      'bouncing up and down': (u) => ({
        x: place.x,
        y: 0.72 - 0.45 * Math.abs(Math.sin(start + (wave * u) / 2)),
      }),
      trembling: (u) => ({ x: place.x + shiver(u, 0), y: place.y + shiver(u, 2) }),
      'standing still': () => ({}),
    },
  }
}
