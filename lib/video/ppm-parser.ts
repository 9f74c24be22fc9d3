import { MstaError } from '../runtime/errors.js'

const MAX_HEADER_BYTES = 64

/** Says where the pixels of the next picture go, [height, width, 3]; null for a picture that nobody wants. */
export type PicturePlace = (width: number, height: number) => Uint8Array | null

/**
 * Reads a stream of binary PPM pictures (`P6`, 8 bits) of one size, piece by piece. PPM rather than raw video because
 * every picture then says its own size, so that no second process has to ask for it.
 */
export class PpmParser {
  /** Width in pixels; 0 until the first picture's header came. */
  width = 0
  /** Height in pixels; 0 until the first picture's header came. */
  height = 0
  /** Complete pictures that arrived, wanted or not. */
  arrived = 0
  private header = ''
  private filled = 0
  private inPicture = false
  private target: Uint8Array | null = null

  /** @param file named in errors. @param place asked at the beginning of every picture. */
  constructor(
    private readonly file: string,
    private readonly place: PicturePlace,
  ) {}

  /** Reads `chunk` from `start` to its end or to the end of a picture, whichever is first. @returns where that is. */
  read(chunk: Uint8Array, start: number): number {
    const at = this.inPicture ? start : this.readHeader(chunk, start)
    return this.inPicture ? this.readPixels(chunk, at) : at
  }

  private readHeader(chunk: Uint8Array, start: number): number {
    let at = start
    while (at < chunk.length) {
      this.header += String.fromCharCode(chunk[at++]!)
      const match = /^P6\s+(\d+)\s+(\d+)\s+255\s$/.exec(this.header)
      if (match) {
        this.startPicture(Number(match[1]), Number(match[2]))
        return at
      }
      if (this.header.length > MAX_HEADER_BYTES)
        throw this.error('ERR_FFMPEG', 'sent something that is not PPM')
    }
    return at
  }

  private startPicture(width: number, height: number): void {
    if (this.width === 0) {
      this.width = width
      this.height = height
    } else if (width !== this.width || height !== this.height) {
      throw this.error(
        'ERR_VIDEO',
        `changed the picture size from ${this.width}x${this.height} to ${width}x${height}`,
      )
    }
    this.target = this.place(width, height)
    this.header = ''
    this.filled = 0
    this.inPicture = true
  }

  private readPixels(chunk: Uint8Array, at: number): number {
    const pictureBytes = this.width * this.height * 3
    const end = Math.min(chunk.length, at + pictureBytes - this.filled)
    this.target?.set(chunk.subarray(at, end), this.filled)
    this.filled += end - at
    if (this.filled === pictureBytes) {
      this.inPicture = false
      this.arrived++
    }
    return end
  }

  private error(code: 'ERR_FFMPEG' | 'ERR_VIDEO', what: string): MstaError {
    return new MstaError(code, `${this.file}: ffmpeg ${what}. Re-encode the file or try another ffmpeg.`, {
      file: this.file,
    })
  }
}
