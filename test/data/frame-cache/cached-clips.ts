/** Small data sets, and the clips that a loader makes of them with and without a cache. */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import type { Dataset } from '../../../lib/data/dataset.js'
import type { FrameCacheStats } from '../../../lib/data/frame-cache/frame-cache.js'
import type { CacheFramesOptions } from '../../../lib/data/frame-cache/plan.js'
import { Loader, type LoaderClip, type LoaderOptions } from '../../../lib/data/loader.js'

export function datasetOf(files: readonly string[]): Dataset {
  const entries = files.map((file, i) => ({ file, path: path.basename(file), label: 0, line: i + 1 }))
  const labels = { names: ['a'], file: null, sha256: null }
  return { root: '/', entries, labels, list: { file: 'list.txt', sha256: '' }, missing: [] }
}

export interface Loaded {
  /** By entry, then view. */
  clips: LoaderClip[]
  stats: FrameCacheStats | null
  loader: Loader
}

const TRAIN = { mode: 'train', seed: 7, batchSize: 3, size: 32, frames: 4 } as const

/** One epoch of a new loader, which knows nothing of earlier ones. */
export async function load(
  files: readonly string[],
  cacheFrames?: CacheFramesOptions,
  options: Partial<LoaderOptions> = {},
  epoch = 0,
): Promise<Loaded> {
  const loader = new Loader(datasetOf(files), { ...TRAIN, ...options, cacheFrames } as LoaderOptions)
  const clips: LoaderClip[] = []
  for await (const batch of loader.batches(epoch)) {
    clips.push(...batch.clips)
    if (batch.failures[0]) throw batch.failures[0].error
  }
  clips.sort((a, b) => a.entry - b.entry || a.view - b.view)
  return { clips, stats: loader.cacheStats, loader }
}

/** Entries of a cache, absolute, sorted; or what is there besides. */
export function filesOf(folder: string, ending = '.safetensors'): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && file.name.endsWith(ending))
    .map((file) => path.join(file.parentPath ?? file.path, file.name))
    .sort()
}
