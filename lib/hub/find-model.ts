import { access } from 'node:fs/promises'
import { findCached } from './cached-model.js'
import { parseModelId } from './model-id.js'
import { type PullOptions, pull } from './pull.js'
import { readSettings } from './settings.js'

/**
 * Where a model is on the disk: a path is what it is; `ORG/NAME` (see {@link pullModel}), where nothing of that path
 * exists, is what the cache has of it, without asking the hub whether there is a newer one; else it is pulled.
 *
 * @throws MstaError as {@link pullModel}; the signal's reason
 */
export async function findModel(
  source: string,
  options: Omit<PullOptions, 'revision'> = {},
): Promise<string> {
  options.signal?.throwIfAborted()
  if (await exists(source)) return source
  const id = parseModelId(source)
  if (!id) return source
  const settings = await readSettings()
  const known = await findCached(id, settings.cache)
  if (known?.isCertain) return known.model.weights
  return (await pull(id, settings, options)).weights
}

/** Also true for what cannot be read: the user meant it, and is told so where it is opened. */
const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    (error) => !['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? ''),
  )
