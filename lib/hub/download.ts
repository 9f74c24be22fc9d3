import type { Hash } from 'node:crypto'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { MstaError } from '../runtime/errors.js'
import type { Patience } from '../text/describe/patience.js'
import { ServiceError } from '../text/describe/service.js'
import { cacheError, type RepositoryCache } from './cache.js'
import { addFile, type HubFile, startChecksum } from './checksum.js'
import type { Attempt, HubRepository } from './hub.js'
import { keepTouching, leave, othersPartial, ownPartial, removeLeft } from './partial.js'

/** From where to where a file comes. */
export interface Route {
  hub: HubRepository
  cache: RepositoryCache
  commit: string
  patience: Patience
  signal: AbortSignal
}

const LOOK_EVERY_MS = 200
/** A cut connection is no failure as long as this much came by it. */
const PROGRESS_BYTES = 2 ** 20
const MOST_WRONG = 2

/**
 * Downloads a file's contents into the cache's blobs, going on with what an earlier attempt left. While another
 * process downloads the same, waits for that.
 *
 * @param onBytes called with the bytes that are there
 * @throws ServiceError; MstaError ERR_SERVICE when the contents are wrong, ERR_FILE; the signal's reason
 */
export async function download(file: HubFile, route: Route, onBytes: (bytes: number) => void): Promise<void> {
  const { cache, signal } = route
  for (;;) {
    const partial = await ownPartial(cache.blobs, file.etag).catch((cause) => {
      throw cacheError(cache.cache, cause)
    })
    // Looked for only now: another process may have finished just before.
    const isThere = (await stat(cache.blob(file)).catch(() => undefined))?.size === file.bytes
    if (isThere && partial) await leave(partial.path, file.etag)
    if (isThere) return removeLeft(cache.blobs, file.etag)
    if (partial) return new Download(file, route, onBytes).into(partial.path, partial.bytes)
    const others = await othersPartial(cache.blobs, file.etag)
    onBytes(Math.min(file.bytes, others?.bytes ?? 0))
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

/** One file on its way into a partial file of ours. */
class Download {
  private done = 0
  private hash: Hash
  private furthest = 0
  private wrong = 0

  constructor(
    private readonly file: HubFile,
    private readonly route: Route,
    private readonly onBytes: (bytes: number) => void,
  ) {
    this.hash = startChecksum(file)
  }

  async into(partial: string, bytes: number): Promise<void> {
    const { file, route } = this
    const { cache, signal } = route
    const stopTouching = keepTouching(partial)
    let handle: FileHandle | undefined
    try {
      handle = await this.#onDisk(() => open(partial, 'r+'))
      if (bytes <= file.bytes) {
        await addFile(this.hash, partial, bytes, signal)
        this.#advance(bytes)
      }
      await this.#receiveAll(handle)
      await this.#onDisk(() => handle!.truncate(file.bytes))
      await this.#onDisk(() => handle!.sync())
      await handle.close()
      handle = undefined
      await this.#onDisk(() => rename(partial, cache.blob(file)))
      await removeLeft(cache.blobs, file.etag)
    } catch (error) {
      await handle?.close().catch(() => undefined)
      if (this.done === 0) await rm(partial, { force: true }).catch(() => undefined)
      else await leave(partial, file.etag)
      throw error
    } finally {
      stopTouching()
    }
  }

  async #receiveAll(handle: FileHandle): Promise<void> {
    const { hub, patience, signal } = this.route
    for (;;) {
      const before = this.furthest
      try {
        await patience.run(() => hub.attempt(signal, (attempt) => this.#receive(handle, attempt)), signal)
        return
      } catch (error) {
        const isOver = !(error instanceof ServiceError) || error.remedy === 'stop'
        if (isOver || this.furthest - before < PROGRESS_BYTES) throw error
      }
    }
  }

  async #receive(handle: FileHandle, { signal, touch }: Attempt): Promise<void> {
    const { file, route } = this
    if (this.done < file.bytes) {
      const response = await route.hub.contents(route.commit, file, this.done, signal)
      touch()
      try {
        await this.#write(handle, response, touch)
      } finally {
        await response.body?.cancel().catch(() => undefined)
      }
    }
    if (this.done < file.bytes)
      throw new ServiceError(`${file.name} ended after ${this.done} of ${file.bytes} bytes`, 'retry')
    if (this.hash.copy().digest('hex') !== file.etag) this.#beginAgain('its checksum is wrong')
  }

  async #write(handle: FileHandle, response: Response, touch: () => void): Promise<void> {
    const { file } = this
    const [, from, , total] =
      /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.headers.get('content-range') ?? '') ?? []
    if (response.status === 416 || (total !== undefined && Number(total) !== file.bytes))
      this.#beginAgain(`it has ${total ?? 'fewer'} bytes instead of ${file.bytes}`)
    if (response.status === 200) this.#reset()
    else if (Number(from) !== this.done)
      throw new ServiceError(`${file.name}: asked from byte ${this.done}, got from ${from}`, 'stop')
    for await (const chunk of response.body ?? []) {
      touch()
      if (this.done + chunk.length > file.bytes) this.#beginAgain(`it has more than ${file.bytes} bytes`)
      await this.#onDisk(() => writeAt(handle, chunk, this.done))
      this.hash.update(chunk)
      this.#advance(chunk.length)
    }
  }

  #advance(bytes: number): void {
    this.done += bytes
    this.furthest = Math.max(this.furthest, this.done)
    this.onBytes(this.done)
  }

  #reset(): void {
    this.done = 0
    this.hash = startChecksum(this.file)
  }

  #beginAgain(why: string): never {
    this.#reset()
    const message = `${this.file.name} came wrong: ${why}`
    if (++this.wrong < MOST_WRONG) throw new ServiceError(message, 'retry')
    const remedy =
      'Something on the way changes it, or the hub is at fault: try later, or another HF_ENDPOINT.'
    throw new MstaError('ERR_SERVICE', `${message}, ${this.wrong} times. ${remedy}`)
  }

  async #onDisk<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      throw cacheError(this.route.cache.cache, cause)
    }
  }
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; )
    written += (await handle.write(bytes, written, bytes.length - written, position + written)).bytesWritten
}
