import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { packageRoot } from '../lib/runtime/package-root.js'

/**
 * The sources of the plugin below `root`, relative to it and sorted: native/cuda but for the emulator, headers and .cu
 * of native/kernels.
 */
export function kernelSources(root = packageRoot): string[] {
  const below = (folder: string) =>
    readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
      .map((file) => path.relative(root, file).replaceAll(path.sep, '/'))
  const kernels = below('native/kernels').filter((file) => /\.(h|cu)$/.test(file))
  const cuda = below('native/cuda').filter((file) => !file.includes('/emulator/'))
  return [...cuda, ...kernels].sort()
}

/** SHA-256 over the names and contents of {@link kernelSources}: tells whether a GPU result is of these kernels. */
export function kernelHash(root = packageRoot): string {
  const hash = createHash('sha256')
  for (const file of kernelSources(root)) {
    const content = readFileSync(path.join(root, file))
    hash.update(`${file}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}
