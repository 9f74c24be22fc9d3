import { byteLimit, type DecodeOptions, pictureArguments } from './decode-pass.js'
import { findFfmpeg } from './ffmpeg.js'
import { PpmParser } from './ppm-parser.js'
import { checkFrameBytes } from './ppm-sink.js'
import { streamVideo } from './stream-video.js'

/** All decoded frames of a video in order, decoded once and as they are asked for; only wanted ones take memory. */
export class PictureStream {
  private readonly parser: PpmParser
  private readonly chunks: AsyncGenerator<Uint8Array, void, undefined>
  private chunk = new Uint8Array(0)
  private at = 0
  private picture: Uint8Array | null = null
  private isWanted = false

  constructor(
    file: string,
    private readonly options: DecodeOptions,
  ) {
    this.parser = new PpmParser(file, (width, height) => {
      checkFrameBytes(1, width, height, byteLimit(options), file)
      this.picture = this.isWanted ? new Uint8Array(width * height * 3) : null
      return this.picture
    })
    this.chunks = this.start(file)
  }

  /** Width in pixels, after rotation; 0 until the first frame was read. */
  get width(): number {
    return this.parser.width
  }

  /** Height in pixels, after rotation; 0 until the first frame was read. */
  get height(): number {
    return this.parser.height
  }

  /** Number of the frame that is read next. */
  get position(): number {
    return this.parser.arrived
  }

  /**
   * Reads past the next frame. @returns its pixels if `isWanted`, [height, width, 3], rgb24; `'end'` if there is none
   * @throws MstaError ERR_VIDEO, ERR_FFMPEG, ERR_TIMEOUT; the signal's reason on abort.
   */
  async next(isWanted: boolean): Promise<Uint8Array | null | 'end'> {
    this.isWanted = isWanted
    const before = this.position
    while (this.position === before) {
      if (this.at === this.chunk.length) {
        const { value, done } = await this.chunks.next()
        if (done) return 'end'
        this.chunk = value as Uint8Array<ArrayBuffer>
        this.at = 0
      }
      this.at = this.parser.read(this.chunk, this.at)
    }
    return this.picture
  }

  /** Ends ffmpeg. */
  async close(): Promise<void> {
    await this.chunks.return()
  }

  private async *start(file: string): AsyncGenerator<Uint8Array, void, undefined> {
    const { version } = await findFfmpeg()
    yield* streamVideo(file, (stream) => pictureArguments(stream, null, version), this.options)
  }
}
