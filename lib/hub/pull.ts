import { statfs } from 'node:fs/promises'
import path from 'node:path'
import { MstaError } from '../runtime/errors.js'
import { Patience } from '../text/describe/patience.js'
import { ServiceError } from '../text/describe/service.js'
import { RepositoryCache } from './cache.js'
import { findCached, type PulledModel } from './cached-model.js'
import { type HubFile, isIntact } from './checksum.js'
import { chooseWeights } from './choose-weights.js'
import { download } from './download.js'
import { HubRepository } from './hub.js'
import { checkRevision, type ModelId, parseModelId } from './model-id.js'
import { bytesLeft } from './partial.js'
import { type HubSettings, readSettings } from './settings.js'
import { readShards } from './shards.js'

/** What is going to be downloaded. */
export interface PullPlan {
  /** `ORG/NAME`. */
  repository: string
  commit: string
  /** Where the files will be. */
  folder: string
  files: { name: string; bytes: number }[]
}

/** Options of {@link pullModel}. */
export interface PullOptions {
  /** A branch, a tag or a commit; goes before that of the id. */
  revision?: string | undefined
  signal?: AbortSignal | undefined
  /** Called before anything is downloaded; not where all is there. */
  onPlan?: ((plan: PullPlan) => void) | undefined
  /** Called with the bytes that are there and those of the plan. */
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined
  /** Called with why the hub is asked again, and in how many milliseconds. */
  onWait?: ((why: string, ms: number) => void) | undefined
  /** Called when the hub cannot be asked and the cache has the model. */
  onNote?: ((note: string) => void) | undefined
  /** The first wait before asking again, in milliseconds; it doubles from one to the next. 500 unless given. */
  firstWaitMs?: number | undefined
}

const ATTEMPTS = 5
const CONFIG = 'config.json'

/**
 * Brings a model of the hub into the cache, as it is there now, with no more than the files it takes to load it. What
 * is there already is checked by its hash and kept; a broken download goes on where it ended.
 *
 * @param id `ORG/NAME`, `ORG/NAME@REVISION`; with `#FILE` behind, those weights
 * @throws MstaError ERR_ARGUMENT; ERR_SERVICE when the hub cannot be reached, or does not give it (it says why and
 *   what to do); ERR_FILE for the cache, or offline without the model in it; ERR_FORMAT for a damaged index of shards;
 *   ERR_LOAD without the optional packages; the signal's reason
 */
export async function pullModel(id: string, options: PullOptions = {}): Promise<PulledModel> {
  const parsed = parseModelId(id)
  if (!parsed) throw new MstaError('ERR_ARGUMENT', `"${id}" is no model of the hub: it must be ORG/NAME.`)
  if (options.revision !== undefined) parsed.revision = checkRevision(options.revision)
  return pull(parsed, await readSettings(), options)
}

/** {@link pullModel} with settings that are not the environment's. */
export async function pull(id: ModelId, settings: HubSettings, options: PullOptions): Promise<PulledModel> {
  options.signal?.throwIfAborted()
  if (settings.isOffline) return offline(id, settings)
  const work = new Pull(id, settings, options)
  try {
    return await work.run()
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!(error instanceof ServiceError)) throw error
    const known = error.remedy === 'stop' ? undefined : await findCached(id, settings.cache)
    if (known) options.onNote?.(`${error.message}; taking ${id.repository} as it is in the cache`)
    if (known) return known.model
    const remedy = `Try again with "msta pull ${id.repository}": it goes on with what has come.`
    throw new MstaError('ERR_SERVICE', `${id.repository}: ${error.message}. ${remedy}`, { cause: error })
  }
}

async function offline(id: ModelId, { cache }: HubSettings): Promise<PulledModel> {
  const known = await findCached(id, cache)
  if (known) return known.model
  const remedy = `Without HF_HUB_OFFLINE, "msta pull ${id.repository}" gets it.`
  const message = `${id.repository} (${id.revision}) is not in the cache of models, ${cache}, and HF_HUB_OFFLINE is set. ${remedy}`
  throw new MstaError('ERR_FILE', message, { file: cache })
}

class Pull {
  private readonly cache: RepositoryCache
  private readonly patience: Patience
  private readonly signal: AbortSignal

  constructor(
    private readonly id: ModelId,
    private readonly settings: HubSettings,
    private readonly options: PullOptions,
  ) {
    this.cache = new RepositoryCache(settings.cache, id.repository)
    this.signal = options.signal ?? new AbortController().signal
    this.patience = new Patience(ATTEMPTS, options.firstWaitMs ?? 500, (...wait) => options.onWait?.(...wait))
  }

  async run(): Promise<PulledModel> {
    const { id, cache, signal } = this
    const { repository, revision } = id
    const hub = await HubRepository.open(this.settings, repository, this.patience)
    const commit = await hub.commitOf(revision, signal)
    const files = await hub.files(commit, signal)
    const names = files.map(({ name }) => name)
    const weights = chooseWeights(names, id.file, repository)
    if (!weights)
      throw new MstaError(
        'ERR_FILE',
        `${repository} (${revision}) has no ${id.file ?? 'weights of a model'}; it has ${names.join(', ') || 'no files'}.`,
      )
    const folder = cache.snapshot(commit)
    const named = (list: readonly string[]) =>
      list.flatMap((name) => files.filter((file) => file.name === name))
    // An index is small, and tells what else there is to get.
    if (weights.isIndex) await this.#get(hub, commit, named([weights.file]), true)
    const parts = weights.isIndex ? await readShards(path.join(folder, weights.file)) : [weights.file]
    const missing = parts.find((name) => !names.includes(name))
    if (missing !== undefined)
      throw new MstaError(
        'ERR_FORMAT',
        `${repository}: ${weights.file} names ${missing}, which is not there.`,
      )
    const wanted = named([CONFIG, ...parts])
    const downloaded = await this.#get(hub, commit, wanted, false)
    // Last, so that a revision never names what is not whole.
    await this.#note(revision, commit)
    const load = weights.isIndex ? folder : path.join(folder, weights.file)
    return { repository, revision, commit, folder, weights: load, downloaded }
  }

  /** A cache that is only read, as one that machines share, has all that matters. */
  async #note(revision: string, commit: string): Promise<void> {
    try {
      await this.cache.note(revision, commit)
    } catch (error) {
      if (!(error instanceof MstaError)) throw error
      const { repository } = this.id
      this.options.onNote?.(`${error.message} ${repository} is taken; without the hub it will not be found.`)
    }
  }

  /** @returns bytes downloaded */
  async #get(
    hub: HubRepository,
    commit: string,
    files: readonly HubFile[],
    isQuiet: boolean,
  ): Promise<number> {
    const { cache, signal, patience, options } = this
    const missing: HubFile[] = []
    for (const file of files) if (!(await this.#isThere(commit, file))) missing.push(file)
    if (missing.length === 0) return 0
    await cache.prepare(commit)
    const total = missing.reduce((sum, { bytes }) => sum + bytes, 0)
    await this.#checkRoom(missing, total)
    if (!isQuiet)
      options.onPlan?.({
        repository: this.id.repository,
        commit,
        folder: cache.snapshot(commit),
        files: missing.map(({ name, bytes }) => ({ name, bytes })),
      })
    let before = 0
    for (const file of missing) {
      await download(file, { hub, cache, commit, patience, signal }, (bytes) => {
        if (!isQuiet) options.onProgress?.({ done: before + bytes, total })
      })
      await cache.link(commit, file)
      before += file.bytes
    }
    return total
  }

  /** Whether the cache has a file, unharmed; what is damaged is removed. */
  async #isThere(commit: string, file: HubFile): Promise<boolean> {
    const { cache, signal } = this
    const found = await cache.find(commit, file)
    if (found === undefined) return false
    const isRight = await isIntact(found, file, signal).catch((cause) => {
      signal.throwIfAborted()
      throw new MstaError('ERR_FILE', `${found}: cannot read the file (${cause.message})`, {
        file: found,
        cause,
      })
    })
    if (!isRight) {
      await cache.remove(commit, file)
      return false
    }
    if (found === cache.blob(file)) {
      await cache.prepare(commit)
      await cache.link(commit, file)
    }
    return true
  }

  async #checkRoom(files: readonly HubFile[], total: number): Promise<void> {
    const { blobs, cache } = this.cache
    const info = await statfs(blobs).catch(() => undefined)
    // Some file systems do not know how large they are.
    if (!info?.blocks) return
    let needed = total
    for (const { etag } of files) needed -= await bytesLeft(blobs, etag)
    const free = info.bavail * info.bsize
    if (needed <= free) return
    const figures = `${needed} bytes are needed, ${free} are free`
    const remedy = 'Make room there, or set HF_HUB_CACHE to a folder on another disk.'
    throw new MstaError('ERR_FILE', `${cache}: no room for ${this.id.repository}: ${figures}. ${remedy}`, {
      file: cache,
    })
  }
}
