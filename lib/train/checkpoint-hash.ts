import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'

/** Hashed between two turns of the event loop: some 3 ms. */
const CHUNK_BYTES = 1 << 22

/** SHA-256 over names, shapes and values of tensors and over some text, hex; in turns with the event loop. */
export async function hashTensors(
  tensors: ReadonlyMap<string, { shape: readonly number[]; data: unknown }>,
  text: string,
): Promise<string> {
  const hash = createHash('sha256').update(text)
  for (const [name, { shape, data }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`\n${name} ${shape.join('x')}\n`)
    const { buffer, byteOffset, byteLength } = data as Float32Array
    for (let at = 0; at < byteLength; at += CHUNK_BYTES) {
      hash.update(new Uint8Array(buffer, byteOffset + at, Math.min(CHUNK_BYTES, byteLength - at)))
      await setImmediate()
    }
  }
  return hash.digest('hex')
}
