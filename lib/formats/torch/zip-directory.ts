import type { FileHandle } from 'node:fs/promises'
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl'
import { ContentError } from '../content-error.js'
import { readBytes } from '../file-bytes.js'
import { quoteName } from '../tensor-file.js'
import type { Place } from './entries.js'

const MOST_ENTRIES = 100_000
const NOT_COMPRESSED = 0
const BLOCK_BYTES = 1 << 14
const REMEDY = 'Save it again with PyTorch, which neither compresses nor encrypts.'

/** Reads for yauzl, which asks for few bytes at a time; tells what it throws where nobody would catch it. */
class GuardedReader extends RandomAccessReader {
  private fail!: (reason: unknown) => void
  readonly failure = new Promise<never>((_, reject) => {
    this.fail = reject
  })
  private block = Buffer.alloc(0)
  private blockStart = 0

  constructor(
    private readonly handle: FileHandle,
    private readonly size: number,
  ) {
    super()
    // Somebody may be waiting for it, or nobody.
    this.failure.catch(() => undefined)
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.copy(buffer, offset, length, position)
      .then(() => callback(null, length), callback)
      .catch(this.fail)
  }

  private async copy(buffer: Buffer, offset: number, length: number, position: number): Promise<void> {
    if (position + length > this.size) throw new Error('it points beyond the end of the file')
    const isAtHand = position >= this.blockStart && position + length <= this.blockStart + this.block.length
    if (!isAtHand) {
      const bytes = Math.min(Math.max(length, BLOCK_BYTES), this.size - position)
      this.block = Buffer.from(await readBytes(this.handle, position, bytes, 'the directory'))
      this.blockStart = position
    }
    const start = position - this.blockStart
    this.block.copy(buffer, offset, start, start + length)
  }
}

/** The directory of a zip archive, whose entries are read where they lie. */
export class ZipDirectory {
  private constructor(
    private readonly reader: GuardedReader,
    private readonly zip: ZipFile,
    private readonly entries: ReadonlyMap<string, Entry>,
  ) {}

  /** @throws ContentError; errors of the file system; the signal's reason */
  static async read(handle: FileHandle, size: number, signal?: AbortSignal): Promise<ZipDirectory> {
    const reader = new GuardedReader(handle, size)
    const readEntries = async () => {
      const zip = await fromRandomAccessReaderPromise(reader, size, { autoClose: false })
      if (zip.entryCount > MOST_ENTRIES) throw new Error(`it lists ${zip.entryCount} entries`)
      const entries = new Map<string, Entry>()
      for await (const entry of zip.eachEntry()) {
        signal?.throwIfAborted()
        if (entries.has(entry.fileName)) throw new Error(`${quoteName(entry.fileName)} occurs twice`)
        entries.set(entry.fileName, entry)
      }
      return new ZipDirectory(reader, zip, entries)
    }
    return guarded(reader, readEntries, signal)
  }

  /** Names of all entries. */
  names(): IterableIterator<string> {
    return this.entries.keys()
  }

  /** Where the bytes of an entry lie; undefined where there is none of that name. @throws as {@link read} */
  async find(name: string): Promise<Place | undefined> {
    const entry = this.entries.get(name)
    if (entry === undefined) return undefined
    if (entry.compressionMethod !== NOT_COMPRESSED || entry.isEncrypted()) {
      throw new ContentError(`its entry ${quoteName(name)} is compressed or encrypted`, REMEDY)
    }
    const { fileDataStart } = await guarded(this.reader, () =>
      this.zip.readLocalFileHeaderPromise(entry, { minimal: true }),
    )
    return { offset: fileDataStart, bytes: entry.compressedSize }
  }
}

/** What yauzl finds wrong is the file's fault; what the file system or a signal tells stays what it is. */
async function guarded<T>(
  { failure }: GuardedReader,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  try {
    return await Promise.race([work(), failure])
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    const isOfZip = !signal?.aborted && code === undefined && !(error instanceof ContentError)
    throw isOfZip ? new ContentError(`its zip directory is damaged: ${message}`) : error
  }
}
