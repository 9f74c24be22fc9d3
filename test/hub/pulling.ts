/** What the tests of pulling share. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { PulledModel } from '../../lib/hub/cached-model.js'
import { parseModelId } from '../../lib/hub/model-id.js'
import { type PullOptions, pull } from '../../lib/hub/pull.js'
import type { HubSettings } from '../../lib/hub/settings.js'

export const REPOSITORY = 'org/model'

/** Settings for a hub of the test. */
export const settingsFor = (
  endpoint: string,
  cache: string,
  changes: Partial<HubSettings> = {},
): HubSettings => ({
  endpoint,
  cache,
  isOffline: false,
  token: undefined,
  timeoutMs: 20_000,
  proxies: undefined,
  ...changes,
})

/** Pulls without the waits of a user's patience. */
export const pullFrom = (
  settings: HubSettings,
  id = REPOSITORY,
  options: PullOptions = {},
): Promise<PulledModel> => pull(parseModelId(id)!, settings, { firstWaitMs: 1, ...options })

/** Bytes that no two places of a file share. */
export function someBytes(length: number, seed = 'weights'): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
    createHash('sha256').update(`${seed} ${i}`).digest(),
  )
  return Buffer.concat(blocks).subarray(0, length)
}

/** What lies in the cache's blobs. */
export function blobsIn(cache: string, repository = REPOSITORY): string[] {
  const folder = path.join(cache, `models--${repository.replace('/', '--')}`, 'blobs')
  return existsSync(folder) ? readdirSync(folder).sort() : []
}

/** The commit that the cache has for a revision. */
export function refIn(cache: string, revision = 'main'): string | undefined {
  const file = path.join(cache, 'models--org--model', 'refs', revision)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

/** Bytes as a pull tells them, and how to wait for them. */
export function watchProgress() {
  const waiting: { bytes: number; tell: () => void }[] = []
  let most = 0
  return {
    onProgress: ({ done }: { done: number }) => {
      most = Math.max(most, done)
      for (const { bytes, tell } of waiting) if (most >= bytes) tell()
    },
    /** Resolves when so many bytes are there. */
    until: (bytes: number) =>
      new Promise<void>((tell) => {
        if (most >= bytes) tell()
        else waiting.push({ bytes, tell })
      }),
  }
}
