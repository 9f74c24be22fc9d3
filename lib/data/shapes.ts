import type { Pose } from './motions.js'

/** The shapes that are drawn. */
export const SHAPES = ['disc', 'square', 'triangle', 'ring', 'cross'] as const

/** Name of a shape. */
export type ShapeName = (typeof SHAPES)[number]

/** A colour, red, green and blue from 0 to 255. */
export type Colour = readonly [number, number, number]

/** A picture of one colour: `size` x `size` pixels, rgb24. */
export function blankPicture(size: number, paper: Colour): Uint8Array {
  const picture = new Uint8Array(size * size * 3)
  for (let i = 0; i < picture.length; i++) picture[i] = paper[i % 3]!
  return picture
}

/** Paints a shape over what is in a square picture, with smooth edges. */
export function paintShape(
  picture: Uint8Array,
  size: number,
  shape: ShapeName,
  pose: Pose,
  ink: Colour,
): void {
  if (pose.opacity === 0) return
  // A turned square reaches further than its radius.
  const reach = pose.radius * 1.5
  const [left, right] = pixels(pose.x, reach, size)
  const [top, bottom] = pixels(pose.y, reach, size)
  const [cos, sin] = [Math.cos(pose.angle), Math.sin(pose.angle)]
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const share = coverage(size, shape, pose, x, y, cos, sin) * pose.opacity
      if (share === 0) continue
      const at = (y * size + x) * 3
      for (let c = 0; c < 3; c++) {
        const below = picture[at + c]!
        picture[at + c] = Math.round(below + (ink[c]! - below) * share)
      }
    }
  }
}

function pixels(centre: number, reach: number, size: number): [number, number] {
  const within = (edge: number) => Math.min(size, Math.max(0, edge))
  return [within(Math.floor((centre - reach) * size)), within(Math.ceil((centre + reach) * size))]
}

/** Share of a pixel that the shape covers, from four points in it. */
function coverage(
  size: number,
  shape: ShapeName,
  pose: Pose,
  x: number,
  y: number,
  cos: number,
  sin: number,
): number {
  let inside = 0
  for (let dy = 0.25; dy < 1; dy += 0.5) {
    for (let dx = 0.25; dx < 1; dx += 0.5) {
      const u = ((x + dx) / size - pose.x) / pose.radius
      const v = ((y + dy) / size - pose.y) / pose.radius
      if (isInside(shape, u * cos + v * sin, v * cos - u * sin)) inside++
    }
  }
  return inside / 4
}

/** Whether a point, in radii from the centre, belongs to the shape. */
function isInside(shape: ShapeName, u: number, v: number): boolean {
  const distance = Math.sqrt(u * u + v * v)
  switch (shape) {
    case 'disc':
      return distance <= 1
    case 'ring':
      return distance <= 1 && distance >= 0.55
    case 'square':
      return Math.max(Math.abs(u), Math.abs(v)) <= 0.88
    case 'triangle':
      return v <= 0.8 && v >= -1 && Math.abs(u) <= (v + 1) * 0.55
    case 'cross':
      return Math.max(Math.abs(u), Math.abs(v)) <= 1 && Math.min(Math.abs(u), Math.abs(v)) <= 0.33
  }
}
