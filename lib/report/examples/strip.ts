import { MstaError } from '../../runtime/errors.js'
import type { DecodedFrames } from '../../video/decode.js'
import { outputUrl, runFfmpeg } from '../../video/run-ffmpeg.js'

/** Small pictures of a clip's frames, in rows of {@link COLUMNS}, as one JPEG. */
export interface Strip {
  jpeg: Uint8Array
  frames: number
}

const COLUMNS = 4
const BOX = { width: 160, height: 120 }
const MOST_FRAMES = 16
const QUALITY = 6

/**
 * Makes one small JPEG of the frames of a clip, in reading order; of many frames as many as can be seen.
 * @throws MstaError ERR_FFMPEG, ERR_TIMEOUT; the signal's reason
 */
export async function makeStrip(clip: DecodedFrames, file: string, signal?: AbortSignal): Promise<Strip> {
  const { width, height, frames: pixels, indices } = clip
  const size = width * height * 3
  const step = Math.ceil(indices.length / MOST_FRAMES)
  const chosen = indices.flatMap((_, t) =>
    t % step === 0 ? [pixels.subarray(t * size, (t + 1) * size)] : [],
  )
  const scale = `scale=${BOX.width}:${BOX.height}:force_original_aspect_ratio=decrease:force_divisible_by=2`
  const tile = `tile=${Math.min(COLUMNS, chosen.length)}x${Math.ceil(chosen.length / COLUMNS)}:padding=2`
  const parts: Uint8Array[] = []
  const outcome = await runFfmpeg({
    args: [
      ...['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-i', 'pipe:0'],
      ...['-vf', `${scale},${tile},format=yuvj420p`, '-frames:v', '1', '-c:v', 'mjpeg'],
      ...['-q:v', `${QUALITY}`, '-f', 'image2pipe', outputUrl(0)],
    ],
    outputs: [{ write: (chunk) => void parts.push(Uint8Array.from(chunk)) }],
    input: chosen,
    file,
    ...(signal && { signal }),
  })
  const jpeg = Buffer.concat(parts)
  if (outcome.code !== 0 || jpeg.length === 0)
    throw new MstaError('ERR_FFMPEG', `${file}: ffmpeg made no picture of it (${outcome.log.reason()})`, {
      file,
    })
  return { jpeg, frames: chosen.length }
}
