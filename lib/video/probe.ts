import { hintFrameCount } from './containers/hint.js'
import { type DecodeOptions, selectPass, streamPass } from './decode-pass.js'
import { decodePictures, listPictures } from './frame-folder.js'

/** What a video is, as found by decoding it. */
export interface VideoInfo {
  /** In pixels, after rotation. */
  width: number
  /** In pixels, after rotation. */
  height: number
  /** Degrees by which the stored picture is turned clockwise for display: 0, 90, 180, 270 (rarely another). */
  rotation: number
  /** ffmpeg's name of the codec, e.g. 'h264'. */
  codec: string
  /** ffmpeg's name of the stored pixel format, e.g. 'yuv420p10le'. */
  pixelFormat: string
  /** Average frames per second as the file declares it; null where it does not. */
  fps: number | null
  /** Duration as the file declares it; null where it does not. */
  durationSeconds: number | null
  /** Frames that really decode, whatever the header claims. */
  frameCount: number
}

/**
 * Decodes the whole of `file`, a video or a folder of pictures, once and tells what it holds.
 * @throws MstaError ERR_ARGUMENT, ERR_FILE, ERR_VIDEO (no decodable frame), ERR_FFMPEG, ERR_TIMEOUT; the signal's
 * reason on abort.
 */
export async function probeVideo(file: string, options: DecodeOptions = {}): Promise<VideoInfo> {
  options.signal?.throwIfAborted()
  const pictures = await listPictures(file)
  if (pictures) return probePictures(file, pictures, options)
  let pass = await selectPass(file, [0], options)
  if (pass.changedFormat) pass = { ...(await streamPass(file, [0], options)), log: pass.log }
  const { width, height } = pass.sink
  return { width, height, ...describe(pass.log.head), frameCount: pass.decoded }
}

async function probePictures(
  folder: string,
  pictures: readonly string[],
  options: DecodeOptions,
): Promise<VideoInfo> {
  const { sink, log, decoded } = await decodePictures(folder, pictures, 1, options)
  const { width, height } = sink
  // ffmpeg makes up a rate for pictures.
  return { width, height, ...describe(log.head), fps: null, durationSeconds: null, frameCount: decoded }
}

/** A cheap guess of the frame count from the container's index; see {@link hintFrameCount}. */
export { hintFrameCount }

type Description = Pick<VideoInfo, 'rotation' | 'codec' | 'pixelFormat' | 'fps' | 'durationSeconds'>

/** Reads ffmpeg's description of the first input and of the stream that it chose from it. */
function describe(head: readonly string[]): Description {
  const lines = head.map((line) => line.replace(/^(\[[^\]]*\] )+/, ''))
  const mapping = lines
    .map((line) => /^\s*Stream #0:(\d+) -> #0:0/.exec(line)?.[1])
    .find((n) => n !== undefined)
  const own = new RegExp(
    `^\\s*Stream #0:${mapping ?? '\\d+'}(?:\\[[^\\]]*\\])?(?:\\([^)]*\\))?: Video: (.*)$`,
  )
  const start = lines.findIndex((line) => own.test(line))
  const text =
    own.exec(lines[start] ?? '')?.[1]?.replace(/, \d+ reference frames?(?: \([^)]*\))?(?=,|$)/, '') ?? ''
  const fps = /, ([\d.]+)(k?) fps/.exec(text)
  const duration = lines
    .map((line) => /^\s*Duration: (\d+):(\d+):([\d.]+)/.exec(line))
    .find((m) => m !== null)
  return {
    rotation: findRotation(lines.slice(start + 1)),
    codec: /^\s*([^\s,(]+)/.exec(text)?.[1] ?? '',
    // The first field after the codec, whose parentheses may hold commas.
    pixelFormat: /^\s*([^\s,(]+)/.exec(text.replace(/^[^,(]*(?:\([^)]*\)[^,(]*)*,/, ''))?.[1] ?? '',
    fps: fps ? Number(fps[1]) * (fps[2] ? 1000 : 1) : null,
    durationSeconds: duration
      ? Number(duration[1]) * 3600 + Number(duration[2]) * 60 + Number(duration[3])
      : null,
  }
}

function findRotation(linesAfterStream: readonly string[]): number {
  for (const line of linesAfterStream) {
    if (/^\s*(Stream #|Stream mapping|Output #|Input #)/.test(line)) break
    const match = /^\s*displaymatrix: rotation of (-?[\d.]+) degrees/.exec(line)
    if (match) return ((Math.round(-Number(match[1])) % 360) + 360) % 360
  }
  return 0
}
