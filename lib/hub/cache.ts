/** A model's folder in the cache of Hugging Face: `models--ORG--NAME/{blobs,refs,snapshots}`. */
import { randomBytes } from 'node:crypto'
import { readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import path from 'node:path'
import { makeFolders } from '../formats/make-folder.js'
import { replaceFile } from '../formats/replace-file.js'
import { MstaError } from '../runtime/errors.js'
import type { HubFile } from './checksum.js'

const COMMIT = /^[0-9a-f]{40}$/

/** Whether this is a whole commit hash. */
export const isCommit = (text: unknown): text is string => typeof text === 'string' && COMMIT.test(text)

/** Files are stored once, named by their etag; each commit that was seen has a folder of links to them. */
export class RepositoryCache {
  readonly blobs: string
  readonly #root: string

  constructor(
    readonly cache: string,
    repository: string,
  ) {
    this.#root = path.join(cache, `models--${repository.replaceAll('/', '--')}`)
    this.blobs = path.join(this.#root, 'blobs')
  }

  /** Where the files of a commit are. */
  snapshot(commit: string): string {
    return path.join(this.#root, 'snapshots', commit)
  }

  blob(file: HubFile): string {
    return path.join(this.blobs, file.etag)
  }

  /** The commit that a revision was when it was last asked for; undefined if it never was. */
  async commitOf(revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision
    const text = await readFile(this.#ref(revision), 'utf8').catch(() => '')
    return isCommit(text.trim()) ? text.trim() : undefined
  }

  /** Names of the files of a commit that are there, whole. */
  async names(commit: string): Promise<string[]> {
    const folder = this.snapshot(commit)
    const names = await readdir(folder).catch(() => [])
    const sizes = await Promise.all(names.map((name) => sizeOf(path.join(folder, name))))
    return names.filter((_, i) => sizes[i] !== undefined)
  }

  /** Where the contents of a file of a commit are, if there are any of its size. */
  async find(commit: string, file: HubFile): Promise<string | undefined> {
    for (const place of [path.join(this.snapshot(commit), file.name), this.blob(file)])
      if ((await sizeOf(place)) === file.bytes) return place
    return undefined
  }

  /** Makes the folders. @throws MstaError ERR_FILE */
  async prepare(commit: string): Promise<void> {
    await this.#change(async () => {
      await makeFolders(this.blobs)
      await makeFolders(this.snapshot(commit))
    })
  }

  /** Lets a commit have a file whose blob is there. @throws MstaError ERR_FILE */
  async link(commit: string, file: HubFile): Promise<void> {
    const target = path.join(this.snapshot(commit), file.name)
    const temporary = `${target}.${randomBytes(4).toString('hex')}.incomplete`
    await this.#change(async () => {
      try {
        await symlink(path.join('..', '..', 'blobs', file.etag), temporary)
      } catch (error) {
        if (!isWithoutLinks(error)) throw error
        // As the other clients do on systems that have no links.
        await rename(this.blob(file), target)
        return
      }
      await rename(temporary, target)
    })
  }

  /** Notes which commit a revision is. @throws MstaError ERR_FILE */
  async note(revision: string, commit: string): Promise<void> {
    if (revision === commit || (await this.commitOf(revision)) === commit) return
    const file = this.#ref(revision)
    await this.#change(() => makeFolders(path.dirname(file)))
    await replaceFile(file, (handle) => handle.writeFile(commit))
  }

  /** Removes contents that are not what their name says. @throws MstaError ERR_FILE */
  async remove(commit: string, file: HubFile): Promise<void> {
    await this.#change(async () => {
      await rm(path.join(this.snapshot(commit), file.name), { force: true })
      await rm(this.blob(file), { force: true })
    })
  }

  #ref(revision: string): string {
    return path.join(this.#root, 'refs', ...revision.split('/'))
  }

  async #change(work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (cause) {
      throw cacheError(this.cache, cause)
    }
  }
}

/** What to tell when the cache cannot be written. */
export function cacheError(cache: string, cause: unknown): MstaError {
  const { code, message } = cause as NodeJS.ErrnoException
  const remedy =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'Make room there, or set HF_HUB_CACHE to a folder on another disk; what has come is kept.'
      : 'Set HF_HUB_CACHE to a folder that can be written.'
  return new MstaError('ERR_FILE', `${cache}: cannot write to the cache of models (${message}). ${remedy}`, {
    file: cache,
    cause,
  })
}

const isWithoutLinks = (error: unknown): boolean =>
  ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].includes((error as NodeJS.ErrnoException).code ?? '')

async function sizeOf(file: string): Promise<number | undefined> {
  const info = await stat(file).catch(() => undefined)
  return info?.isFile() ? info.size : undefined
}
