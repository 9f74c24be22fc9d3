import { MstaError } from '../runtime/errors.js'
import { PpmParser } from './ppm-parser.js'
import type { ByteSink } from './run-ffmpeg.js'

/** What a {@link PpmSink} is to keep of the pictures it is given. */
export interface PpmSinkOptions {
  /** How many pictures to keep room for. */
  keep: number
  /** Which of the arriving pictures (0-based) to keep, ascending; default: the first `keep`. */
  which?: readonly number[]
  /** Most bytes the kept pictures may take. */
  maxBytes: number
  /** Named in errors. */
  file: string
}

/**
 * Takes a stream of PPM pictures of one size and puts the chosen ones, rgb24, one after the other into a single buffer
 * of exactly the right size.
 */
export class PpmSink implements ByteSink {
  /** Complete pictures kept. */
  kept = 0
  /** [keep, height, width, 3]; empty until the first header came. */
  data = new Uint8Array(0)
  private keeping = false
  private readonly parser: PpmParser

  constructor(private readonly options: PpmSinkOptions) {
    this.parser = new PpmParser(options.file, (width, height) => this.place(width, height))
  }

  /** Width in pixels; 0 until the first picture's header came. */
  get width(): number {
    return this.parser.width
  }

  /** Height in pixels; 0 until the first picture's header came. */
  get height(): number {
    return this.parser.height
  }

  /** Complete pictures that arrived, kept or not. */
  get arrived(): number {
    return this.parser.arrived
  }

  write(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const before = this.arrived
      at = this.parser.read(chunk, at)
      if (this.arrived > before && this.keeping) this.kept++
    }
  }

  private place(width: number, height: number): Uint8Array | null {
    const { which, keep, maxBytes, file } = this.options
    const pictureBytes = width * height * 3
    if (this.data.length === 0) {
      checkFrameBytes(keep, width, height, maxBytes, file)
      this.data = new Uint8Array(keep * pictureBytes)
    }
    this.keeping = this.kept < keep && (which === undefined || which[this.kept] === this.arrived)
    if (!this.keeping) return null
    return this.data.subarray(this.kept * pictureBytes, (this.kept + 1) * pictureBytes)
  }
}

/** Refuses more than `maxBytes` bytes of rgb24 frames. @throws MstaError ERR_VIDEO naming `file` */
export function checkFrameBytes(
  count: number,
  width: number,
  height: number,
  maxBytes: number,
  file: string,
): void {
  const bytes = width * height * 3 * count
  if (bytes <= maxBytes) return
  throw new MstaError(
    'ERR_VIDEO',
    `${file}: ${count} frames of ${width}x${height} take ${bytes} bytes, more than the ` +
      `limit of ${maxBytes}. Ask for fewer frames, scale the video down, or raise maxBytes.`,
    { file },
  )
}
