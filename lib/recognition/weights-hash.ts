import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { openTensorFile } from '../formats/open.js'
import { findModel } from '../hub/find-model.js'
import { sourceFile } from './packaged.js'

/**
 * SHA-256 of a model's file, or of its shards one after another, hex; null for random weights.
 * @throws MstaError as {@link findModel}, ERR_FORMAT; the signal's reason
 */
export async function weightsHash(source: string, signal?: AbortSignal): Promise<string | null> {
  if (source.startsWith('random:')) return null
  const hash = createHash('sha256')
  const { tensors } = await openTensorFile(
    await findModel(sourceFile(source), { signal }),
    signal ? { signal } : {},
  )
  const files = new Set([...tensors.values()].map(({ path }) => path))
  for (const file of [...files].sort())
    for await (const bytes of createReadStream(file, { signal })) hash.update(bytes)
  return hash.digest('hex')
}
