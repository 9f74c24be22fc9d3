import { ContentError, EarlyEndError } from '../content-error.js'

// Longer than any module or class name.
const MOST_LINE = 1000
const NEWLINE = 0x0a

/** Reads bytes front to back; @throws EarlyEndError where they end. */
export class Cursor {
  private readonly decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

  constructor(
    private readonly bytes: Buffer,
    public position = 0,
  ) {}

  /** The next bytes, not copied. */
  take(length: number): Buffer {
    if (length > this.bytes.length - this.position) throw new EarlyEndError()
    this.position += length
    return this.bytes.subarray(this.position - length, this.position)
  }

  uint8(): number {
    const value = this.bytes[this.position]
    if (value === undefined) throw new EarlyEndError()
    this.position++
    return value
  }

  uint16(): number {
    return this.take(2).readUInt16LE()
  }

  int32(): number {
    return this.take(4).readInt32LE()
  }

  uint32(): number {
    return this.take(4).readUInt32LE()
  }

  /** A length of 64 bits. */
  length64(): number {
    return Number(this.take(8).readBigUInt64LE())
  }

  /** A double, big-endian as pickles have it. */
  double(): number {
    return this.take(8).readDoubleBE()
  }

  text(length: number): string {
    try {
      return this.decoder.decode(this.take(length))
    } catch (error) {
      if (error instanceof ContentError) throw error
      throw new ContentError('its pickle has text that is not UTF-8')
    }
  }

  /** The text up to the next newline, which is taken too. */
  line(): string {
    const end = this.bytes.subarray(this.position, this.position + MOST_LINE).indexOf(NEWLINE)
    if (end >= 0) {
      const text = this.text(end)
      this.position++
      return text
    }
    if (this.position + MOST_LINE > this.bytes.length) throw new EarlyEndError()
    throw new ContentError(`its pickle has a name of more than ${MOST_LINE} bytes`)
  }
}
