import { MstaError } from '../runtime/errors.js'
import { readBytes, withFile } from './file-bytes.js'
import { scanJson } from './json.js'
import { quoteName } from './tensor-file.js'
import { inTurns } from './turns.js'

const MOST_BYTES = 1 << 20

/**
 * A JSON file of at most a megabyte, in which no key occurs twice.
 * @param remedy a sentence for when it is none
 * @throws MstaError ERR_FILE, ERR_FORMAT; the signal's reason
 */
export async function readJsonFile(file: string, remedy: string, signal?: AbortSignal): Promise<unknown> {
  const fail = (what: string, cause?: unknown): MstaError =>
    new MstaError('ERR_FORMAT', `${file}: ${what}. ${remedy}`, { file, cause })
  const bytes = await withFile(
    file,
    async (handle, size) => {
      if (size > MOST_BYTES) throw fail(`has ${size} bytes, more than ${MOST_BYTES}`)
      return readBytes(handle, 0, size, 'the JSON')
    },
    signal,
  )
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const duplicate = await inTurns(scanJson(text), signal)
    const value: unknown = JSON.parse(text)
    if (duplicate !== undefined) throw new Error(`the key ${quoteName(duplicate)} occurs twice`)
    return value
  } catch (cause) {
    signal?.throwIfAborted()
    throw fail(`is not valid JSON (${(cause as Error).message})`, cause)
  }
}
