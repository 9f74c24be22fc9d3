import type { ServerResponse } from 'node:http'
import { Refusal } from './refusal.js'

const MOST = 32
/** A client that has not read so much is let go of; it asks again. */
const MOST_BYTES_UNREAD = 1 << 20

/** Pages that are told whenever something changes, by server-sent events. */
export class Listeners {
  private readonly responses = new Set<ServerResponse>()

  /** @throws Refusal 503 for too many */
  add(response: ServerResponse, state: unknown): void {
    if (this.responses.size >= MOST) throw new Refusal(503, 'Too many pages are open.')
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    this.responses.add(response)
    response.on('close', () => this.responses.delete(response))
    send(response, state)
  }

  tell(state: unknown): void {
    for (const response of this.responses) send(response, state)
  }

  close(): void {
    for (const response of this.responses) response.end()
  }
}

function send(response: ServerResponse, state: unknown): void {
  if (response.writableLength > MOST_BYTES_UNREAD) response.destroy()
  else response.write(`data: ${JSON.stringify(state)}\n\n`)
}
