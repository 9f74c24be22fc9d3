import path from 'node:path'
import { RepositoryCache } from './cache.js'
import { chooseWeights } from './choose-weights.js'
import type { ModelId } from './model-id.js'
import { readShards } from './shards.js'

/** A model in the cache. */
export interface PulledModel {
  /** `ORG/NAME`. */
  repository: string
  revision: string
  commit: string
  /** Where its files are. */
  folder: string
  /** What to load: the file of weights, or the folder where there are several. */
  weights: string
  /** Bytes that were downloaded. */
  downloaded: number
}

/** A model as the cache has it. */
export interface CachedModel {
  model: PulledModel
  /** Whether the hub, if asked, could not tell of weights to be preferred to these. */
  isCertain: boolean
}

/**
 * Looks for a model in the cache, without a network; undefined unless all its weights are there.
 * @throws MstaError ERR_ARGUMENT where there are several and none is chosen, ERR_FORMAT
 */
export async function findCached(id: ModelId, cacheFolder: string): Promise<CachedModel | undefined> {
  const { repository, revision, file } = id
  const cache = new RepositoryCache(cacheFolder, repository)
  const commit = await cache.commitOf(revision)
  if (commit === undefined) return undefined
  const names = await cache.names(commit)
  const weights = chooseWeights(names, file, repository)
  if (!weights) return undefined
  const folder = cache.snapshot(commit)
  const { isIndex, isCertain } = weights
  const parts = isIndex ? await readShards(path.join(folder, weights.file)) : []
  if (parts.some((name) => !names.includes(name))) return undefined
  const load = isIndex ? folder : path.join(folder, weights.file)
  const model = { repository, revision, commit, folder, weights: load, downloaded: 0 }
  return { model, isCertain }
}
