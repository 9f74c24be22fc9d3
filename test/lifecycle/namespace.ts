/** File systems of a test's own, in a mount namespace that ends with the script that uses them. */
import { spawnSync } from 'node:child_process'

/** Runs a shell script that may mount; `args` are its `"$@"`. */
export const inNamespace = (script: string, args: readonly string[] = []) =>
  spawnSync('unshare', ['-rm', 'sh', '-c', script, 'sh', ...args], { encoding: 'utf8', timeout: 120_000 })

/** The command that mounts an empty file system. */
export const mountAt = (folder: string, options: string): string =>
  `mount -t tmpfs -o ${options} none '${folder}'`

/** Whether a file system can be mounted at a folder here. */
export const canMount = (folder: string): boolean => inNamespace(mountAt(folder, 'size=64k')).status === 0
