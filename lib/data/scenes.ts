import { drawPath, type MotionName, type MotionPairName, type Path, type Pose } from './motions.js'
import { Philox } from './random.js'
import { blankPicture, type Colour, paintShape, SHAPES, type ShapeName } from './shapes.js'

/** A shape in motion before a background. */
export interface Scene {
  shape: ShapeName
  ink: Colour
  paper: Colour
  path: Path
  clutter?: Clutter
}

/** What makes a scene harder: other shapes that rest, noise of the pixels, and a camera that is not still. */
interface Clutter {
  resting: { shape: ShapeName; ink: Colour; pose: Pose }[]
  /** Most that noise adds to a value, or takes from it. */
  noise: number
  /** Most that the camera strays, in shares of the picture's side. */
  shake: number
  seed: number
}

/** What is left to chance unless it is given. */
export interface SceneOptions {
  shape?: ShapeName
  ink?: Colour
  /** Whether there are other shapes at rest, noise and a shaking camera. Default false. */
  clutter?: boolean
}

const WITH_CORNERS = ['square', 'triangle', 'cross'] as const

/** Shapes that a motion can be seen of: a disc looks the same however it is turned. */
export const shapesFor = (motion: string): readonly ShapeName[] =>
  motion.includes('turning') ? WITH_CORNERS : SHAPES

/**
 * Draws a scene. Shape, colours, place, size and speed are random; opposite motions are the same pictures in reverse
 * order, so that no single frame gives the class away.
 */
export function drawScene(
  motion: MotionName | MotionPairName,
  random: Philox,
  options: SceneOptions = {},
): Scene {
  const shapes = shapesFor(motion)
  const shape = options.shape ?? shapes[random.int(shapes.length)]!
  const { ink, paper } = drawColours(random)
  const scene = { shape, ink: options.ink ?? ink, paper, path: drawPath(motion, random) }
  return options.clutter ? { ...scene, clutter: drawClutter(random) } : scene
}

/** Draws a scene as `frames` pictures, each its own array. */
export function* drawMotion(
  motion: MotionName | MotionPairName,
  size: number,
  frames: number,
  random: Philox,
  options: SceneOptions = {},
): Generator<Uint8Array> {
  const scene = drawScene(motion, random, options)
  for (let t = 0; t < frames; t++) yield drawFrame(scene, size, frames === 1 ? 0 : t / (frames - 1))
}

/** One frame of a scene at time `u` from 0 to 1: `size` x `size` pixels, rgb24. */
export function drawFrame({ shape, ink, paper, path, clutter }: Scene, size: number, u: number): Uint8Array {
  const picture = blankPicture(size, paper)
  if (!clutter) {
    paintShape(picture, size, shape, path(u), ink)
    return picture
  }
  const random = new Philox(clutter.seed, Math.round(u * 1e6))
  const astray = { x: clutter.shake * (2 * random.next() - 1), y: clutter.shake * (2 * random.next() - 1) }
  const seen = (pose: Pose) => ({ ...pose, x: pose.x + astray.x, y: pose.y + astray.y })
  for (const other of clutter.resting) paintShape(picture, size, other.shape, seen(other.pose), other.ink)
  paintShape(picture, size, shape, seen(path(u)), ink)
  addNoise(picture, clutter.noise, random.nextUint32())
  return picture
}

function drawColours(random: Philox): { ink: Colour; paper: Colour } {
  const three = (draw: () => number): [number, number, number] => [draw(), draw(), draw()]
  const paper = three(() => random.int(90))
  const ink = three(() => 60 + random.int(196))
  // One channel at full strength keeps the shape apart from the dark background.
  ink[random.int(3)] = 255
  return { ink, paper }
}

function drawClutter(random: Philox): Clutter {
  const between = (low: number, high: number) => low + (high - low) * random.next()
  const resting = Array.from({ length: random.int(3) }, () => ({
    shape: SHAPES[random.int(SHAPES.length)]!,
    ink: drawColours(random).ink,
    pose: {
      x: between(0.1, 0.9),
      y: between(0.1, 0.9),
      radius: between(0.04, 0.07),
      angle: between(0, 2 * Math.PI),
      opacity: between(0.4, 0.9),
    },
  }))
  return { resting, noise: between(4, 20), shake: between(0, 0.015), seed: random.nextUint32() }
}

/** Adds fast random numbers of no great quality: xorshift, in one function for the sake of its speed. */
function addNoise(picture: Uint8Array, most: number, seed: number): void {
  let state = seed | 1
  for (let i = 0; i < picture.length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    const value = picture[i]! + most * (state / 2 ** 31)
    picture[i] = value < 0 ? 0 : value > 255 ? 255 : value
  }
}
