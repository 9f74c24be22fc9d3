import type { DecodeOptions } from './decode-pass.js'
import { findFfmpeg, passthroughArguments } from './ffmpeg.js'
import { streamVideo } from './stream-video.js'

/** Units of {@link FrameTime} in a second. */
export const TICKS_PER_SECOND = 1_000_000

/** When a decoded frame is shown and for how long, in microseconds since the beginning of the file. */
export interface FrameTime {
  start: number
  duration: number
}

/**
 * The times of the decoded frames of `file`, in their order, as they are asked for. Times never go back: a frame that
 * claims to be shown before the one ahead of it, or claims nothing, is shown when that one is.
 * @throws MstaError ERR_VIDEO, ERR_FFMPEG, ERR_TIMEOUT; the signal's reason on abort.
 */
export async function* readFrameTimes(file: string, options: DecodeOptions): AsyncGenerator<FrameTime> {
  const { version } = await findFfmpeg()
  const timeBase = `1/${TICKS_PER_SECOND}`
  const outputArguments = (stream: string) => [
    ...['-map', stream, '-filter:v', `settb=${timeBase},scale=1:1:flags=neighbor`],
    ...[...passthroughArguments(version), '-enc_time_base', timeBase.replace('/', ':')],
    ...['-pix_fmt', 'gray', '-c:v', 'rawvideo', '-f', 'framecrc', '-flush_packets', '1'],
  ]
  let rest = ''
  let latest = Number.NEGATIVE_INFINITY
  for await (const chunk of streamVideo(file, outputArguments, options)) {
    const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      // Stream, decoding time, presentation time, duration, size, checksum.
      const match = /^0, *\S+, *(-?\d+|NOPTS), *(-?\d+),/.exec(line)
      if (!match) continue
      const start = match[1] === 'NOPTS' ? latest : Number(match[1])
      latest = Math.max(latest, Number.isFinite(start) ? start : 0)
      yield { start: latest, duration: Math.max(0, Number(match[2])) }
    }
  }
}
