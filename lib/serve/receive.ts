import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import path from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { MstaError } from '../runtime/errors.js'
import { Refusal } from './refusal.js'

/** What a clip may have, and where it goes. */
export interface ReceiveOptions {
  folder: string
  mostBytes: number
  signal: AbortSignal
}

/**
 * Writes a request's body to a new file, whose name is made here.
 * @returns its path; to be removed by the caller
 * @throws Refusal 413 for too many bytes, 400 for none; MstaError ERR_FILE; the signal's reason. Nothing is left then.
 */
export async function receiveFile(
  request: IncomingMessage,
  { folder, mostBytes, signal }: ReceiveOptions,
): Promise<string> {
  const tooLarge = () => new Refusal(413, `The clip has more than ${Math.floor(mostBytes / 1e6)} MB. Cut it.`)
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) throw tooLarge()
  const file = path.join(folder, randomBytes(12).toString('hex'))
  let bytes = 0
  const count = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length
      done(bytes > mostBytes ? tooLarge() : null, chunk)
    },
  })
  try {
    await pipeline(request, count, createWriteStream(file, { flags: 'wx' }), { signal })
    if (bytes === 0) throw new Refusal(400, 'The request has no clip.')
    return file
  } catch (cause) {
    await rm(file, { force: true })
    if (signal.aborted) throw signal.reason
    if (cause instanceof Refusal) throw cause
    const message = `The clip cannot be written (${(cause as Error).message}). Check the free space.`
    throw new MstaError('ERR_FILE', message, { file, cause })
  }
}
