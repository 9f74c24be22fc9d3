import { MstaError } from '../../runtime/errors.js'
import type { DecodedFrames } from '../../video/decode.js'
import { outputUrl, runFfmpeg } from '../../video/run-ffmpeg.js'

/** Small pictures of a clip's frames as one JPEG: tiles in reading order, {@link TILE_GAP} pixels apart. */
export interface Strip {
  jpeg: Uint8Array
  /** Which frames of the clip are shown, counted from 0. */
  shown: number[]
  columns: number
  /** Size of a tile in pixels. */
  tile: { width: number; height: number }
}

/** Pixels between the tiles of a {@link Strip}. */
export const TILE_GAP = 2

const MOST_COLUMNS = 4
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
  const shown = indices.flatMap((_, t) => (t % step === 0 ? [t] : []))
  const tile = fit(width, height)
  const columns = Math.min(MOST_COLUMNS, shown.length)
  const layout = `tile=${columns}x${Math.ceil(shown.length / columns)}:padding=${TILE_GAP}`
  const parts: Uint8Array[] = []
  const outcome = await runFfmpeg({
    args: [
      ...['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-i', 'pipe:0'],
      ...[
        '-vf',
        `scale=${tile.width}:${tile.height},${layout},format=yuvj420p`,
        '-frames:v',
        '1',
        '-c:v',
        'mjpeg',
      ],
      ...['-q:v', `${QUALITY}`, '-f', 'image2pipe', outputUrl(0)],
    ],
    outputs: [{ write: (chunk) => void parts.push(Uint8Array.from(chunk)) }],
    input: shown.map((t) => pixels.subarray(t * size, (t + 1) * size)),
    file,
    ...(signal && { signal }),
  })
  const jpeg = Buffer.concat(parts)
  if (outcome.code !== 0 || jpeg.length === 0)
    throw new MstaError('ERR_FFMPEG', `${file}: ffmpeg made no picture of it (${outcome.log.reason()})`, {
      file,
    })
  return { jpeg, shown, columns, tile }
}

/** The largest even size of the same sides' ratio that fits into the box. */
function fit(width: number, height: number): Strip['tile'] {
  const scale = Math.min(BOX.width / width, BOX.height / height)
  const even = (side: number) => Math.max(2, 2 * Math.round((side * scale) / 2))
  return { width: even(width), height: even(height) }
}
