import { setImmediate } from 'node:timers/promises'
import { Device } from '../../runtime/device.js'
import { withJob } from '../../runtime/job.js'
import { cropClip } from '../../tensor/ops/video-transform.js'
import { uploadTensor } from '../../tensor/upload.js'
import { resizeShortSide } from '../../video/transforms.js'

/** Some pictures of one size: `frames` is [count, height, width, 3], rgb24. */
export interface Pictures {
  frames: Uint8Array
  width: number
  height: number
}

/** Pictures in the device's memory at a time. */
const AT_ONCE = 8

/**
 * Pictures with the short side `short`, resized by the kernel of all transforms (bilinear, OpenCV's arithmetic) off the
 * JavaScript thread; those that are not larger as they are. On the CPU, whatever the model runs on: the same bits
 * everywhere.
 * @throws the signal's reason on abort
 */
export async function shrinkPictures(
  pictures: Pictures,
  short: number,
  signal?: AbortSignal,
): Promise<Pictures> {
  const { frames, width, height } = pictures
  if (Math.min(width, height) <= short) return pictures
  const target = resizeShortSide(width, height, short)
  const from = width * height * 3
  const to = target.width * target.height * 3
  const count = frames.length / from
  const result = new Uint8Array(count * to)
  for (let first = 0; first < count; first += AT_ONCE) {
    const end = Math.min(count, first + AT_ONCE)
    const piece = { frames: frames.subarray(first * from, end * from), width, height }
    await shrinkInto(result.subarray(first * to, end * to), piece, target, signal)
  }
  return { frames: result, ...target }
}

/** The kernel makes square windows: they are laid side by side, the last one up to the edge. */
async function shrinkInto(
  result: Uint8Array,
  { frames, width, height }: Pictures,
  resize: { width: number; height: number },
  signal: AbortSignal | undefined,
): Promise<void> {
  const side = Math.min(resize.width, resize.height)
  const spare = Math.max(resize.width, resize.height) - side
  const count = result.length / (resize.width * resize.height * 3)
  const crop = { x: 0, y: 0, width, height }
  const size = { width: side, height: side }
  await withJob(signal, async (job) => {
    const tensor = await uploadTensor(Device.get('cpu'), frames, [count, height, width, 3], job)
    try {
      for (let start = 0; start < spare + side; start += side) {
        const at = Math.min(start, spare)
        const offset = resize.width > resize.height ? { x: at, y: 0 } : { x: 0, y: at }
        const bytes = job.run(() => {
          const window = cropClip(tensor, { crop, resize, offset, size, flip: false, gray: false })
          const copy = window.rawData()
          window.dispose()
          return copy
        })
        placeWindow(result, new Uint8Array(await bytes), { ...offset, side, ...resize })
        await setImmediate()
      }
    } finally {
      tensor.dispose()
    }
  })
}

/** Copies square windows, [count, side, side, 3], to their place in pictures. */
function placeWindow(
  pictures: Uint8Array,
  windows: Uint8Array,
  { x, y, side, width, height }: { x: number; y: number; side: number; width: number; height: number },
): void {
  const rowBytes = side * 3
  for (let row = 0; row * rowBytes < windows.length; row++) {
    const line = Math.floor(row / side) * height + y + (row % side)
    pictures.set(windows.subarray(row * rowBytes, (row + 1) * rowBytes), (line * width + x) * 3)
  }
}
