import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { statusOf } from './refusal.js'

/** Answers with JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' })
  response.end(`${JSON.stringify(value)}\n`)
}

/** An error as clients get it: `{ error: { code, message } }`, without the names of temporary files. */
export function toReply(error: unknown, file?: string): { error: { code: string; message: string } } {
  const { code = 'ERR_UNKNOWN', message } = error as Error & { code?: string }
  const shown = file === undefined ? message : message.replaceAll(file, 'The clip')
  return { error: { code, message: shown } }
}

/** Answers with an error, unless an answer has begun: then it ends with a line that says so. */
export function sendError(response: ServerResponse, error: unknown, file?: string): void {
  if (response.destroyed) return
  const reply = toReply(error, file)
  if (response.headersSent) {
    response.end(`${JSON.stringify(reply)}\n`)
    return
  }
  const status = statusOf(error)
  if (status === 503) response.setHeader('Retry-After', '5')
  // What is left of a clip that is refused is not waited for.
  response.setHeader('Connection', 'close')
  sendJson(response, status, reply)
}

/** Writes a line of JSON, and waits while the client is slow. @throws the signal's reason */
export async function writeLine(
  response: ServerResponse,
  value: unknown,
  signal: AbortSignal,
): Promise<void> {
  if (!response.headersSent)
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson; charset=utf-8' })
  signal.throwIfAborted()
  if (!response.write(`${JSON.stringify(value)}\n`)) await once(response, 'drain', { signal })
}
