/** Requests as a program sends them that keeps to no browser's rules. */

import { type ClientRequest, type IncomingHttpHeaders, request as open } from 'node:http'
import { Readable } from 'node:stream'
import type { ServerState } from '../../lib/index.js'

/** What a request has besides its path. */
export interface Sent {
  method?: string
  headers?: Record<string, string>
  /** Buffers that come one after another, or all at once. */
  body?: Buffer | string | AsyncIterable<Buffer>
  onOpen?: (request: ClientRequest) => void
}

/** What came back. */
export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

/** Sends a path just as it is given. */
export function send(
  url: string,
  path: string,
  { method = 'GET', headers, body, onOpen }: Sent = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const request = open({ hostname, port, path, method, headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }))
      response.on('error', reject)
    })
    request.on('error', reject)
    onOpen?.(request)
    if (typeof body === 'object' && !Buffer.isBuffer(body)) Readable.from(body).pipe(request)
    else request.end(body)
  })
}

/** The JSON of an answer's lines. */
export const linesOf = ({ text }: Answer): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** The error that an answer tells. */
export const errorOf = (answer: Answer) => JSON.parse(answer.text).error as { code: string; message: string }

/** The state of the server. */
export const stateOf = async (url: string): Promise<ServerState> =>
  JSON.parse((await send(url, '/api/state')).text) as ServerState

/** The states that the server tells, until one is as wanted. */
export async function statesUntil(
  url: string,
  isEnough: (state: ServerState) => boolean,
  onStart?: () => void,
): Promise<ServerState[]> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const states: ServerState[] = []
    let text = ''
    const request = open({ hostname, port, path: '/api/events', agent: false }, (response) => {
      response.setEncoding('utf8').on('data', (part: string) => {
        const events = (text + part).split('\n\n')
        text = events.pop()!
        for (const event of events) states.push(JSON.parse(event.slice('data: '.length)) as ServerState)
        if (!states.some(isEnough)) return
        request.destroy()
        resolve(states)
      })
      response.on('close', () => reject(new Error(`ended with ${JSON.stringify(states.at(-1))}`)))
      onStart?.()
    })
    request.on('error', reject)
    request.end()
  })
}
