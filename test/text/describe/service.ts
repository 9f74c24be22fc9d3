/** An OpenAI-compatible service on this machine that answers as a test says. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request for an answer. */
export interface Request {
  model: string
  messages: { role: string; content: string }[]
  /** What the last message of the first turn asks for: the action's name. */
  action: string
  kind: 'spatial' | 'temporal'
  key: string | undefined
  /** Requests for this action and kind so far, this one included. */
  times: number
}

/** How to answer: text, or a status with headers and a body; `hang` never answers. */
export type Reply =
  | string
  | { text?: string | null; refusal?: string; end?: string }
  | { status: number; headers?: Record<string, string>; body?: string }
  | 'hang'

/** A running service. */
export interface Service {
  url: string
  requests: Request[]
  /** Most requests on their way at once. */
  most: () => number
  /** Requests whose sender has gone before the answer. */
  dropped: () => number
  close: () => Promise<void>
}

/** Two sentences that tell which action and kind they are about. */
export const sentencesFor = (action: string, kind: string): string[] => [
  `First ${kind} sentence on ${action}.`,
  `Second ${kind} sentence on ${action}.`,
]

/** What a service answers that does as it is asked. */
export const obliging = ({ action, kind }: Request): Reply => sentencesFor(action, kind).join('\n')

/** Starts a service. `delayMs`: before every answer. */
export async function startService(reply: (request: Request) => Reply, delayMs = 0): Promise<Service> {
  const requests: Request[] = []
  let [open, most, dropped] = [0, 0, 0]
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    most = Math.max(most, ++open)
    response.on('close', () => {
      open--
      if (!response.writableEnded) dropped++
    })
    let body = ''
    for await (const chunk of request) body += chunk
    if (request.method !== 'POST' || request.url !== '/v1/chat/completions')
      return response.writeHead(404).end('no such page')
    const asked = readRequest(JSON.parse(body), request.headers.authorization, requests)
    requests.push(asked)
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    send(response, reply(asked))
  }
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    most: () => most,
    dropped: () => dropped,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function readRequest(
  { model, messages }: Pick<Request, 'model' | 'messages'>,
  key: string | undefined,
  before: readonly Request[],
): Request {
  const [, about, action = ''] = /describing the (.*) of the action (.*)\.$/.exec(messages[0]!.content) ?? []
  const kind = about === 'visual appearance' ? 'spatial' : 'temporal'
  const times = 1 + before.filter((other) => other.action === action && other.kind === kind).length
  return { model, messages, action, kind, key, times }
}

function send(response: ServerResponse, reply: Reply): void {
  if (reply === 'hang') return
  if (typeof reply === 'object' && 'status' in reply) {
    const headers = { 'content-type': 'application/json', ...reply.headers }
    response.writeHead(reply.status, headers).end(reply.body ?? '{"error": {"message": "it failed"}}')
    return
  }
  const { text, refusal = null, end = 'stop' } = typeof reply === 'string' ? { text: reply } : reply
  const message = { role: 'assistant', content: text ?? null, refusal }
  response.writeHead(200, { 'content-type': 'application/json' }).end(
    JSON.stringify({
      id: 'a',
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: end }],
    }),
  )
}
