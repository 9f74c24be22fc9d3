import { MstaError } from '../runtime/errors.js'
import type { RandomSource } from './sampling.js'

/** A rectangle in whole pixels; x to the right, y down. */
export interface Rectangle {
  x: number
  y: number
  width: number
  height: number
}

/** Strengths of one draw of ColorJitter, applied in the order of the fields. */
export interface Jitter {
  /** Factor, 1 = unchanged. */
  brightness: number
  /** Factor, 1 = unchanged. */
  contrast: number
  /** Factor, 1 = unchanged. */
  saturation: number
  /** Shift in turns of the colour circle, -0.5 to 0.5, 0 = unchanged. */
  hue: number
}

/**
 * What to do with every frame of a clip, as numbers only: cut `crop` out of the frame, resize it to `resize`
 * (bilinear, half-pixel centres, edges of the crop repeated), cut the window `size` x `size` at `offset` out of that,
 * mirror it left to right if `flip`, then jitter, then grey.
 */
export interface FrameTransform {
  /** Rectangle of the source frame, in its pixels. */
  crop: Rectangle
  /** The size in pixels that the rectangle is resized to. */
  resize: { width: number; height: number }
  /** Where in the resized picture the output window begins, in pixels. */
  offset: { x: number; y: number }
  /** The output window, in pixels; both sides are equal. */
  size: { width: number; height: number }
  flip: boolean
  jitter?: Jitter
  /** Replace the colours by their luminance. */
  gray: boolean
}

/** Normalisation of ViCLIP: (value / 255 - mean) / std for each of red, green, blue. */
export const MEAN = [0.485, 0.456, 0.406] as const
/** See {@link MEAN}. */
export const STD = [0.229, 0.224, 0.225] as const

/** Ratio of the short side before the centre crop to the crop: 256 for 224. */
const SHORT_SIDE_RATIO = 256 / 224

/** The short side to which {@link testTransforms} resize, in pixels. */
export const testShortSide = (size: number, crops: 1 | 3): number =>
  crops === 1 ? Math.round(size * SHORT_SIDE_RATIO) : size

/**
 * The test transforms. One crop: short side to round(size * 256 / 224), centre crop. Three crops: short side to
 * `size`, three windows along the longer side (start, middle, end; mmaction's ThreeCrop).
 * @param width of the frame in pixels. @param height likewise. @returns one transform a crop.
 * @throws MstaError ERR_ARGUMENT.
 */
export function testTransforms(
  width: number,
  height: number,
  { size = 224, crops = 1 }: { size?: number; crops?: 1 | 3 } = {},
): FrameTransform[] {
  checkSizes(width, height, size)
  const resize = resizeShortSide(width, height, testShortSide(size, crops))
  const spareX = resize.width - size
  const spareY = resize.height - size
  const centre = { x: Math.floor(spareX / 2), y: Math.floor(spareY / 2) }
  const window = (offset: { x: number; y: number }): FrameTransform => ({
    crop: { x: 0, y: 0, width, height },
    resize,
    offset,
    size: { width: size, height: size },
    flip: false,
    gray: false,
  })
  if (crops === 1) return [window(centre)]
  if (crops !== 3) throw new MstaError('ERR_ARGUMENT', `The number of crops must be 1 or 3, not ${crops}.`)
  const offsets =
    spareX >= spareY
      ? [{ x: 0, y: 0 }, centre, { x: spareX, y: 0 }]
      : [{ x: 0, y: 0 }, centre, { x: 0, y: spareY }]
  return offsets.map(window)
}

/**
 * The size of a picture whose short side becomes `short`, its shape kept. The long side is int(x * scale + 0.5), as
 * mmcv's rescale_size and with it ViFi-CLIP (torchvision cuts off instead of rounding).
 */
export function resizeShortSide(
  width: number,
  height: number,
  short: number,
): { width: number; height: number } {
  const scale = short / Math.min(width, height)
  return { width: Math.floor(width * scale + 0.5), height: Math.floor(height * scale + 0.5) }
}

/** Options of the preset `paper`. */
export interface PaperTransformOptions {
  /** Smallest and largest share of the frame's area. Default [0.08, 1]. */
  scale?: readonly [number, number]
  /** Smallest and largest width / height. Default [3/4, 4/3]. */
  ratio?: readonly [number, number]
}

/**
 * One draw of the paper's training transform: RandomResizedCrop as torchvision (ten tries, then the centre), mirrored
 * in half the cases, ColorJitter with probability 0.8, grey with probability 0.2. One draw serves a whole clip.
 * @param width of the frame in pixels. @param height likewise. @param size of the output. @param random the source.
 * @throws MstaError ERR_ARGUMENT.
 */
export function trainTransformPaper(
  width: number,
  height: number,
  size: number,
  random: RandomSource,
  options: PaperTransformOptions = {},
): FrameTransform {
  checkSizes(width, height, size)
  const crop = randomResizedCrop(
    width,
    height,
    random,
    options.scale ?? [0.08, 1],
    options.ratio ?? [3 / 4, 4 / 3],
  )
  return finishTraining(crop, size, random)
}

/**
 * One draw of the preset `vifi`: short side 256, MultiScaleCrop (scales 1, .875, .75, .66 of the short side, the two
 * sides at most one step apart, one of five places), resize, mirror, jitter, grey. The original resizes twice; here
 * the crop is carried back to the source frame (rounded to its pixels) and resized once, which blurs less. Of videos
 * whose short side is 256 the pictures are the same; of real ones of other sizes they differ by 1.0 to 1.6 levels of
 * 255 on average (320x240 to 1280x720).
 * @param width of the frame in pixels. @param height likewise. @param size of the output. @param random the source.
 * @throws MstaError ERR_ARGUMENT.
 */
export function trainTransformVifi(
  width: number,
  height: number,
  size: number,
  random: RandomSource,
): FrameTransform {
  checkSizes(width, height, size)
  const scaled = resizeShortSide(width, height, testShortSide(size, 1))
  const crop = multiScaleCrop(scaled.width, scaled.height, random)
  const backX = width / scaled.width
  const backY = height / scaled.height
  const x = Math.min(Math.round(crop.x * backX), width - 1)
  const y = Math.min(Math.round(crop.y * backY), height - 1)
  const source = {
    x,
    y,
    width: Math.max(1, Math.min(Math.round(crop.width * backX), width - x)),
    height: Math.max(1, Math.min(Math.round(crop.height * backY), height - y)),
  }
  return finishTraining(source, size, random)
}

/** The training presets by name. */
export const PRESETS = {
  /** As the paper describes it. */
  paper: trainTransformPaper,
  /** As ViFi-CLIP and its descendants do. */
  vifi: trainTransformVifi,
} as const
/** Name of a training preset. */
export type TransformPreset = keyof typeof PRESETS

const MULTI_SCALES = [1, 0.875, 0.75, 0.66]

function multiScaleCrop(width: number, height: number, random: RandomSource): Rectangle {
  const sizes = MULTI_SCALES.map((scale) => Math.trunc(Math.min(width, height) * scale))
  const pairs = sizes.flatMap((h, i) =>
    sizes.filter((_, j) => Math.abs(i - j) <= 1).map((w) => [w, h] as const),
  )
  const [w, h] = pairs[pick(random, pairs.length)]!
  const stepX = Math.floor((width - w) / 4)
  const stepY = Math.floor((height - h) / 4)
  const places = [
    [0, 0],
    [4, 0],
    [0, 4],
    [4, 4],
    [2, 2],
  ] as const
  const [placeX, placeY] = places[pick(random, places.length)]!
  return { x: placeX * stepX, y: placeY * stepY, width: w, height: h }
}

function randomResizedCrop(
  width: number,
  height: number,
  random: RandomSource,
  scale: readonly [number, number],
  ratio: readonly [number, number],
): Rectangle {
  const [logLow, logHigh] = [Math.log(ratio[0]), Math.log(ratio[1])]
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = width * height * uniform(random, scale[0], scale[1])
    const shape = Math.exp(uniform(random, logLow, logHigh))
    const w = Math.round(Math.sqrt(area * shape))
    const h = Math.round(Math.sqrt(area / shape))
    if (w > 0 && h > 0 && w <= width && h <= height) {
      const y = pick(random, height - h + 1)
      return { x: pick(random, width - w + 1), y, width: w, height: h }
    }
  }
  const shape = width / height
  const w = shape > ratio[1] ? Math.max(1, Math.round(height * ratio[1])) : width
  const h = shape < ratio[0] ? Math.max(1, Math.round(width / ratio[0])) : height
  return { x: Math.floor((width - w) / 2), y: Math.floor((height - h) / 2), width: w, height: h }
}

function finishTraining(crop: Rectangle, size: number, random: RandomSource): FrameTransform {
  const flip = random() < 0.5
  const isJittered = random() < 0.8
  const jitter = {
    brightness: uniform(random, 0.6, 1.4),
    contrast: uniform(random, 0.6, 1.4),
    saturation: uniform(random, 0.8, 1.2),
    hue: uniform(random, -0.1, 0.1),
  }
  return {
    crop,
    resize: { width: size, height: size },
    offset: { x: 0, y: 0 },
    size: { width: size, height: size },
    flip,
    ...(isJittered ? { jitter } : {}),
    gray: random() < 0.2,
  }
}

function uniform(random: RandomSource, low: number, high: number): number {
  return low + (high - low) * random()
}

function pick(random: RandomSource, count: number): number {
  return Math.floor(random() * count)
}

function checkSizes(width: number, height: number, size: number): void {
  for (const [name, value] of Object.entries({ width, height, size })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new MstaError(
        'ERR_ARGUMENT',
        `The ${name} must be a whole number of pixels from 1, not ${value}.`,
      )
    }
  }
}
