import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { checkCount } from '../data/check-count.js'
import { MstaError } from '../runtime/errors.js'
import { addClip, countClips } from './actions-folder.js'
import { checkSender, SECURITY_HEADERS } from './guard.js'
import { Listeners } from './listeners.js'
import { type PageFile, readPageFiles } from './page-files.js'
import { readQuestion } from './question.js'
import { receiveFile } from './receive.js'
import { Recogniser } from './recogniser.js'
import { Refusal } from './refusal.js'
import { sendError, sendJson, writeLine } from './reply.js'
import type { ServeHandle, ServeOptions, ServerState } from './serve-types.js'
import { IDLE, Trainer } from './trainer.js'

export type * from './serve-types.js'

const DEFAULT_HOST = '127.0.0.1'
const CONNECTIONS = 100
const INCOMING = '.msta-incoming-'

/**
 * Serves a page on which clips are recognised, recorded, added to the classes of a folder, and trained on; with the model
 * of this process. One clip is recognised at a time, also while a training runs.
 *
 * Requests under other names than the server's, and of other sites' pages, are refused.
 *
 * @throws MstaError ERR_ARGUMENT; ERR_FILE, ERR_LIST for the folder; ERR_SERVICE when it cannot listen there
 */
export async function serve(options: ServeOptions): Promise<ServeHandle> {
  if (options.data !== undefined && options.out === undefined)
    throw new MstaError('ERR_ARGUMENT', 'serve: data needs out, the run folder of trainings')
  checkCount('port', options.port ?? 0, 0)
  if (options.data !== undefined) await countClips(options.data)
  // Beside the classes, so that a clip is moved and not copied; hidden, and so no class.
  const incoming = await makeIncoming(options.data ?? tmpdir())
  const site = new Site(options, incoming, await readPageFiles())
  try {
    const port = await site.listen()
    const host = options.host ?? DEFAULT_HOST
    const shown = host.includes(':') ? `[${host}]` : host
    return { url: `http://${shown}:${port}/`, close: () => site.close() }
  } catch (cause) {
    await site.close()
    const { message } = cause as Error
    throw new MstaError('ERR_SERVICE', `Cannot listen there (${message}). Choose another port or host.`, {
      cause,
    })
  }
}

async function makeIncoming(folder: string): Promise<string> {
  return mkdtemp(path.join(folder, INCOMING)).catch((cause) => {
    const message = `${folder}: cannot be written (${cause.message}). Check its permissions and the free space.`
    throw new MstaError('ERR_FILE', message, { file: folder, cause })
  })
}

type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  signal: AbortSignal,
) => Promise<void>

/** By path and method. */
type Routes = Record<string, Partial<Record<string, Handler>>>

class Site {
  private readonly recogniser: Recogniser
  private readonly trainer: Trainer | undefined
  private readonly listeners = new Listeners()
  private readonly server = createServer((request, response) => this.answer(request, response))
  private readonly closing = new AbortController()
  private readonly working = new Set<Promise<void>>()
  private clipsAtOnce = 0
  private state: ServerState
  private ended: Promise<void> | undefined
  private readonly routes: Routes = {
    '/api/state': { GET: async (_, response) => sendJson(response, 200, await this.freshState()) },
    '/api/events': {
      GET: async (_, response) => this.listeners.add(response, await this.freshState()),
    },
    '/api/classify': { POST: (...call) => this.withClip(this.classify, ...call) },
    '/api/clips': { POST: (...call) => this.withClip(this.add, ...call) },
    '/api/training': {
      POST: (...call) => this.startTraining(...call),
      DELETE: (...call) => this.stopTraining(...call),
    },
  }

  constructor(
    private readonly options: ServeOptions,
    private readonly incoming: string,
    private readonly pages: ReadonlyMap<string, PageFile>,
  ) {
    const { model, adapter = null, adapterFile, template, data, out, changes = [], labels = [] } = options
    this.recogniser = new Recogniser(model, adapter, template)
    if (data !== undefined)
      this.trainer = new Trainer({
        ...{ model, data, out: out!, changes },
        onStatus: () => this.changed({ training: this.trainer!.status }),
        onTrained: async (trained, names, prompt) => {
          await this.recogniser.use(trained, prompt)
          this.changed({ adapter: out!, labels: names })
        },
      })
    this.state = {
      model: model.source,
      adapter: adapter === null ? null : (adapterFile ?? 'given'),
      labels,
      data: null,
      training: IDLE,
      uploadBytes: options.uploadBytes ?? 2e8,
    }
  }

  listen(): Promise<number> {
    const { server } = this
    server.maxConnections = CONNECTIONS
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.options.port ?? 0, this.options.host ?? DEFAULT_HOST, () => {
        server.off('error', reject)
        resolve((server.address() as AddressInfo).port)
      })
    })
  }

  close(): Promise<void> {
    this.ended ??= this.end()
    return this.ended
  }

  private async end(): Promise<void> {
    this.closing.abort(new Error('the server is closing'))
    const closed = new Promise((resolve) => this.server.close(resolve))
    await this.trainer?.stop()
    this.listeners.close()
    await Promise.all(this.working)
    this.server.closeAllConnections()
    await closed
    this.recogniser.dispose()
    await rm(this.incoming, { recursive: true, force: true })
  }

  private changed(change: Partial<ServerState>): void {
    this.state = { ...this.state, ...change }
    this.listeners.tell(this.state)
  }

  /** With the clips counted anew: people also move them by hand. */
  private async freshState(): Promise<ServerState> {
    const { data } = this.options
    if (data !== undefined)
      this.state = { ...this.state, data: { folder: data, classes: await countClips(data) } }
    return this.state
  }

  /** Never throws or rejects: what goes wrong is the client's answer. */
  private answer(request: IncomingMessage, response: ServerResponse): void {
    const gone = new AbortController()
    response.on('close', () => gone.abort(new Error('the client has gone')))
    response.on('error', () => {})
    const signal = AbortSignal.any([gone.signal, this.closing.signal])
    const work = this.handle(request, response, signal)
      .catch((error) => this.fail(response, error, signal))
      .finally(() => this.working.delete(work))
    this.working.add(work)
  }

  private async handle(
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
    checkSender(request.headers, this.options.host ?? DEFAULT_HOST)
    const url = readUrl(request.url ?? '/')
    const method = request.method === 'HEAD' ? 'GET' : request.method!
    const page = this.pages.get(url.pathname)
    const handlers: Routes[string] | undefined = page ? { GET: sendPage(page) } : this.routes[url.pathname]
    if (!handlers) throw new Refusal(404, `There is no ${JSON.stringify(url.pathname)} here.`)
    const handler = handlers[method]
    if (!handler) {
      response.setHeader('Allow', Object.keys(handlers).join(', '))
      throw new Refusal(405, `${url.pathname} does not take ${request.method}.`)
    }
    await handler(request, response, url, signal)
  }

  private fail(response: ServerResponse, error: unknown, signal: AbortSignal, file?: string): void {
    if (!signal.aborted && !(error instanceof MstaError)) this.options.onError?.(error as Error)
    const isClosing = this.closing.signal.aborted
    sendError(response, isClosing ? new Refusal(503, 'The server is closing.', 'ERR_SERVICE') : error, file)
  }

  /** Receives a clip, has it worked on and removes it, unless it was moved; only then the answer ends. */
  private async withClip(
    work: (file: string, response: ServerResponse, url: URL, signal: AbortSignal) => Promise<() => void>,
    ...[request, response, url, signal]: Parameters<Handler>
  ): Promise<void> {
    if (this.clipsAtOnce >= (this.options.mostAtOnce ?? 8))
      throw new Refusal(503, 'Too many clips at once. Try again in a moment.', 'ERR_SERVICE')
    this.clipsAtOnce++
    const limit = AbortSignal.timeout(1000 * (this.options.secondsPerClip ?? 600))
    const both = AbortSignal.any([signal, limit])
    let file: string | undefined
    let finish: () => void
    try {
      const mostBytes = this.state.uploadBytes
      file = await receiveFile(request, { folder: this.incoming, mostBytes, signal: both })
      finish = await work.call(this, file, response, url, both)
    } catch (error) {
      const isLate = !signal.aborted && (error as Error).name === 'TimeoutError'
      const told = isLate ? new Refusal(422, 'The clip took too long.', 'ERR_TIMEOUT') : error
      finish = () => this.fail(response, told, signal, file)
    }
    this.clipsAtOnce--
    if (file !== undefined) await rm(file, { force: true })
    finish()
  }

  private async classify(file: string, response: ServerResponse, url: URL, signal: AbortSignal) {
    const question = { file, ...readQuestion(url.searchParams) }
    await this.recogniser.answer(question, signal, (part) => writeLine(response, part, signal))
    return () => response.end(`${JSON.stringify({ done: true })}\n`)
  }

  private async add(file: string, response: ServerResponse, url: URL, signal: AbortSignal) {
    const root = this.dataFolder()
    const query = url.searchParams
    const clip = { file, className: query.get('class') ?? '', originalName: query.get('name') ?? '' }
    const added = await addClip(root, clip, signal)
    const { data } = await this.freshState()
    this.changed({ data })
    return () => sendJson(response, 201, added)
  }

  private dataFolder(): string {
    const { data } = this.options
    if (data !== undefined) return data
    throw new Refusal(409, 'This server has no folder of clips. Start it with --data.')
  }

  private async startTraining(...[, response]: Parameters<Handler>): Promise<void> {
    this.dataFolder()
    this.trainer!.start()
    sendJson(response, 202, this.trainer!.status)
  }

  private async stopTraining(...[, response]: Parameters<Handler>): Promise<void> {
    this.dataFolder()
    await this.trainer!.stop()
    sendJson(response, 200, this.trainer!.status)
  }
}

const sendPage =
  ({ type, content }: PageFile): Handler =>
  async (_, response) => {
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': content.length })
    response.end(content)
  }

function readUrl(text: string): URL {
  try {
    return new URL(text, 'http://server')
  } catch {
    throw new Refusal(400, 'The address of the request cannot be read.')
  }
}
