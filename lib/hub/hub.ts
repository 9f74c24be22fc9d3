/** A hub, asked through Hugging Face's own client; what that lacks (time-outs, sorted failures, resuming) is here. */
import { MstaError } from '../runtime/errors.js'
import type { Patience } from '../text/describe/patience.js'
import { ServiceError } from '../text/describe/service.js'
import { isCommit } from './cache.js'
import type { HubFile } from './checksum.js'
import { networkFailure, statusFailure } from './failures.js'
import { isFileName } from './model-id.js'
import { fetchThrough } from './proxy.js'
import type { HubSettings } from './settings.js'

type Client = typeof import('@huggingface/hub')

/** One attempt at something: ended by `signal`; `touch` tells that the hub is not silent. */
export interface Attempt {
  signal: AbortSignal
  touch: () => void
}

/** A repository of models on a hub. */
export class HubRepository {
  private constructor(
    private readonly settings: HubSettings,
    readonly name: string,
    private readonly patience: Patience,
    private readonly client: Client,
    private readonly fetch: typeof globalThis.fetch,
  ) {}

  /** Loads the client; sends nothing. @throws MstaError ERR_LOAD without it */
  static async open(settings: HubSettings, name: string, patience: Patience): Promise<HubRepository> {
    const client = await import('@huggingface/hub').catch((cause) => {
      const remedy = 'It is an optional package: npm install @huggingface/hub'
      throw new MstaError('ERR_LOAD', `The package "@huggingface/hub" cannot be loaded. ${remedy}`, { cause })
    })
    return new HubRepository(settings, name, patience, client, await fetchThrough(settings.proxies))
  }

  /** The commit that a revision is now. @throws ServiceError; MstaError ERR_SERVICE; the signal's reason */
  async commitOf(revision: string, signal: AbortSignal): Promise<string> {
    if (isCommit(revision)) return revision
    const { sha } = await this.#ask(revision, signal, (common) =>
      this.client.modelInfo({ ...common, name: this.name, revision, additionalFields: ['sha'] }),
    )
    if (!isCommit(sha)) throw new ServiceError(`${this.settings.endpoint} names no commit`, 'stop')
    return sha
  }

  /** Files at the root of the repository. @throws ServiceError; MstaError ERR_SERVICE; the signal's reason */
  async files(commit: string, signal: AbortSignal): Promise<HubFile[]> {
    const repo = { type: 'model', name: this.name } as const
    return this.#ask(commit, signal, async (common) => {
      const files: HubFile[] = []
      for await (const { type, path, size, oid, lfs } of this.client.listFiles({
        ...common,
        repo,
        revision: commit,
      })) {
        const file = { name: path, bytes: lfs?.size ?? size, etag: lfs?.oid ?? oid }
        if (type === 'file' && isUsable(file)) files.push(file)
      }
      return files
    })
  }

  /**
   * The contents of a file from a byte on. The client's own download neither resumes nor tells a cut from an end.
   * Answers 200, 206 and 416 are returned. @throws ServiceError; MstaError ERR_SERVICE
   */
  async contents(commit: string, { name }: HubFile, from: number, signal: AbortSignal): Promise<Response> {
    const url = `${this.settings.endpoint}/${this.name}/resolve/${commit}/${encodeURIComponent(name)}`
    // A compressed answer has other bytes, and ranges of it would be other ranges.
    const headers = { 'accept-encoding': 'identity', ...(from > 0 && { range: `bytes=${from}-` }) }
    return this.#fetch(url, { headers, signal }, commit, [200, 206, 416])
  }

  /** Does something once, unless the hub is silent for too long. @throws ServiceError; the signal's reason */
  async attempt<T>(signal: AbortSignal, work: (attempt: Attempt) => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    const { endpoint, timeoutMs } = this.settings
    const silent = new AbortController()
    const timer = setTimeout(() => silent.abort(), timeoutMs)
    try {
      const either = AbortSignal.any([signal, silent.signal])
      return await work({ signal: either, touch: () => timer.refresh() })
    } catch (error) {
      signal.throwIfAborted()
      if (silent.signal.aborted)
        throw new ServiceError(`${endpoint} was silent for ${timeoutMs / 1000} s`, 'reconnect')
      throw networkFailure(error, endpoint)
    } finally {
      clearTimeout(timer)
    }
  }

  #ask<T>(
    revision: string,
    signal: AbortSignal,
    ask: (common: { hubUrl: string; fetch: typeof globalThis.fetch }) => Promise<T>,
  ): Promise<T> {
    const once = () =>
      this.attempt(signal, (attempt) =>
        ask({
          hubUrl: this.settings.endpoint,
          fetch: (url, init) =>
            this.#fetch(String(url), { ...init, signal: attempt.signal }, revision, [200]),
        }),
      )
    return this.patience.run(once, signal)
  }

  async #fetch(url: string, init: RequestInit, revision: string, welcome: number[]): Promise<Response> {
    const { endpoint, token } = this.settings
    const headers = new Headers(init.headers)
    headers.set('user-agent', 'msta-native')
    // Pages of a list may be elsewhere; fetch itself drops the header when it is redirected to another host.
    const isOurs = new URL(url).origin === new URL(endpoint).origin
    if (token !== undefined && isOurs) headers.set('authorization', `Bearer ${token}`)
    const response = await this.fetch(url, { ...init, headers: Object.fromEntries(headers) })
    if (welcome.includes(response.status)) return response
    await response.body?.cancel()
    throw statusFailure(response, {
      endpoint,
      repository: this.name,
      revision,
      hasToken: token !== undefined,
    })
  }
}

/** Names and hashes become paths: those that could be anything else are no files for us. */
const isUsable = (file: { name: string; bytes: number; etag: string | undefined }): file is HubFile =>
  isFileName(file.name) &&
  Number.isSafeInteger(file.bytes) &&
  file.bytes >= 0 &&
  /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(file.etag ?? '')
