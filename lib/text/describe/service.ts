/** A language model behind an OpenAI-compatible endpoint: one question, one answer, failures sorted by remedy. */
import type OpenAI from 'openai'
import { MstaError } from '../../runtime/errors.js'
import type { Message } from './questions.js'

/** Which language model to ask. What is left out comes from the environment. */
export interface ServiceOptions {
  /** Such as `http://localhost:11434/v1`; else OPENAI_BASE_URL, else OpenAI's own. */
  baseUrl?: string | undefined
  /** Name of the model; else MSTA_DESCRIBE_MODEL. */
  model?: string | undefined
  /** Else OPENAI_API_KEY. Needed unless there is a base URL: servers of one's own often take none. */
  apiKey?: string | undefined
  /** Longest wait for one answer. */
  timeoutMs?: number | undefined
}

/** What a language model answered. */
export interface Answer {
  text: string
  /** Whether it stopped at a limit instead of at the end. */
  isCut: boolean
  /** Whether it, or a filter before it, refused. */
  isRefused: boolean
}

/**
 * Why there is no answer. Asking again may help (`retry`); if it does not, no other question is answered either
 * (`reconnect`); or neither helps (`stop`).
 */
export class ServiceError extends Error {
  constructor(
    message: string,
    readonly remedy: 'retry' | 'reconnect' | 'stop',
    /** What the service asks to wait before the next request. */
    readonly waitMs?: number,
  ) {
    super(message)
  }
}

const LONGEST_MESSAGE = 300
const FILTERED = /content_?filter|content_policy|moderation/i
const REFUSED: Answer = { text: '', isCut: false, isRefused: true }

/** A connection to one model. Neither it nor its errors show the API key. */
export class LanguageModel {
  readonly #client: OpenAI
  readonly #errors: typeof OpenAI
  readonly #secret: string | undefined
  readonly #timeoutMs: number

  private constructor(
    errors: typeof OpenAI,
    client: OpenAI,
    readonly name: string,
    secret: string | undefined,
    timeoutMs: number,
  ) {
    this.#client = client
    this.#errors = errors
    this.#secret = secret
    this.#timeoutMs = timeoutMs
  }

  /** Loads the client library; sends nothing. Throws ERR_ARGUMENT for settings, ERR_LOAD without the library. */
  static async open(options: ServiceOptions, env: NodeJS.ProcessEnv = process.env): Promise<LanguageModel> {
    const baseUrl = options.baseUrl || env.OPENAI_BASE_URL || undefined
    const apiKey = options.apiKey || env.OPENAI_API_KEY || undefined
    const model = options.model || env.MSTA_DESCRIBE_MODEL
    if (!model) throw argumentError('Name the language model: --model, or MSTA_DESCRIBE_MODEL.')
    if (baseUrl === undefined && apiKey === undefined)
      throw argumentError('Set OPENAI_API_KEY, or the base URL of a server that needs no key.')
    if (baseUrl !== undefined) checkUrl(baseUrl)
    const { default: Client } = await import('openai').catch((cause) => {
      const remedy = 'It is an optional package: npm install openai'
      throw new MstaError('ERR_LOAD', `The package "openai" cannot be loaded. ${remedy}`, { cause })
    })
    // Waits between attempts are ours: the client's know neither an abort nor each other.
    const client = new Client({
      // null, so that the client does not read its own variables instead.
      baseURL: baseUrl ?? null,
      apiKey: apiKey ?? 'none',
      maxRetries: 0,
      logLevel: 'off',
    })
    return new LanguageModel(Client, client, model, apiKey, options.timeoutMs ?? 120_000)
  }

  /** The model's answer. Throws {@link ServiceError}; the signal's reason on abort. */
  async ask(messages: readonly Message[], signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted()
    const attempt = new AbortController()
    const stop = () => attempt.abort()
    signal.addEventListener('abort', stop)
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      attempt.abort()
    }, this.#timeoutMs)
    try {
      return this.#read(
        await this.#client.chat.completions.create(
          { model: this.name, messages: [...messages] },
          { signal: attempt.signal, timeout: this.#timeoutMs },
        ),
      )
    } catch (error) {
      signal.throwIfAborted()
      if (isLate) throw new ServiceError(`no answer within ${this.#timeoutMs / 1000} s`, 'retry')
      return this.#sort(error)
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
  }

  #read(completion: unknown): Answer {
    if (typeof completion === 'string')
      throw new ServiceError('the answer is not JSON; a base URL usually ends in /v1', 'stop')
    const choice = (completion as Partial<OpenAI.ChatCompletion> | undefined)?.choices?.[0]
    if (!choice?.message) throw new ServiceError('the answer holds no message', 'retry')
    const { message, finish_reason: end } = choice
    if (message.refusal || end === 'content_filter') return REFUSED
    const text = typeof message.content === 'string' ? message.content : ''
    return { text, isCut: end === 'length', isRefused: false }
  }

  /** Turns what the client throws into a refusal or a ServiceError. */
  #sort(error: unknown): Answer {
    if (error instanceof ServiceError) throw error
    const { APIError, APIConnectionError } = this.#errors
    if (!(error instanceof APIError)) {
      // A body that ends early or is no JSON; anything else is a defect.
      if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
      throw new ServiceError(`the answer is damaged (${this.#plain(error.message)})`, 'retry')
    }
    if (error instanceof APIConnectionError) {
      const inner = (error.cause as { cause?: NodeJS.ErrnoException } | undefined)?.cause
      const reason = inner?.message || inner?.code || error.message
      throw new ServiceError(`the service cannot be reached (${this.#plain(reason)})`, 'reconnect')
    }
    const status = Number(error.status)
    const code = String(error.code ?? '')
    if (status < 500 && FILTERED.test(`${code} ${error.type ?? ''}`)) return REFUSED
    const isPassing = status === 408 || status === 409 || status === 429 || status >= 500
    const remedy = isPassing && code !== 'insufficient_quota' ? 'retry' : 'stop'
    throw new ServiceError(this.#plain(error.message), remedy, waitOf(error.headers))
  }

  /** A message from outside as one short line without the key. */
  #plain(message: string): string {
    const text = this.#secret === undefined ? message : message.replaceAll(this.#secret, '***')
    return text.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, LONGEST_MESSAGE)
  }
}

function checkUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol))
    throw argumentError('The base URL must start with http:// or https://.')
  if (url.username || url.password)
    throw argumentError('The base URL must not hold a user or password; a key goes into OPENAI_API_KEY.')
}

/** What an answer asks to wait before the next request, in milliseconds. */
export function waitOf(headers: Headers | undefined): number | undefined {
  const ms = Number.parseFloat(headers?.get('retry-after-ms') ?? '')
  if (ms >= 0) return ms
  const text = headers?.get('retry-after') ?? ''
  const seconds = /^\s*[\d.]+\s*$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000
  return Number.isFinite(seconds) ? Math.max(0, 1000 * seconds) : undefined
}

const argumentError = (message: string) => new MstaError('ERR_ARGUMENT', message)
