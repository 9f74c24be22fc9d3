import { contentHash, contentSize } from './fingerprint.js'

/**
 * For each file that has the content of an earlier one, the first such. Only files of equal size are read.
 * @param pool runs a task when it is its turn. @throws the signal's reason on abort.
 */
export async function findSameContent(
  files: readonly string[],
  pool: <T>(task: () => Promise<T>) => Promise<T>,
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const sizes = await Promise.all(files.map((file) => pool(() => contentSize(file))))
  const ofSize = new Map<number, number>()
  for (const size of sizes) if (size !== null) ofSize.set(size, (ofSize.get(size) ?? 0) + 1)
  const hashes = await Promise.all(
    files.map((file, i) => {
      const size = sizes[i]
      if (!size || ofSize.get(size) === 1) return null
      return pool(async () => {
        signal?.throwIfAborted()
        return contentHash(file, signal)
      })
    }),
  )
  const first = new Map<string, string>()
  const same = new Map<string, string>()
  for (const [i, file] of files.entries()) {
    const hash = hashes[i]
    if (!hash) continue
    const earlier = first.get(hash)
    if (earlier === undefined) first.set(hash, file)
    else same.set(file, earlier)
  }
  return same
}
