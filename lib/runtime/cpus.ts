import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

/** Where the CPU controller may be mounted, below the root; the kernel's files of one version are in one of them. */
const UNIFIED_MOUNTS = ['sys/fs/cgroup', 'sys/fs/cgroup/unified']
const CPU_MOUNTS = ['sys/fs/cgroup/cpu', 'sys/fs/cgroup/cpu,cpuacct', 'sys/fs/cgroup/cpuacct,cpu']

/** CPUs that this process may use: those of its affinity mask, or fewer if the quota of its cgroups is less. */
export function usableCpus(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(cgroupCpus())))
}

/**
 * CPUs that the quotas of this process's cgroup and of all above it allow: the smallest of them, as a fraction;
 * Infinity where there is none. Knows version 2 (`cpu.max`) and version 1 (`cpu.cfs_quota_us`).
 *
 * @param root the folder that holds `proc` and `sys`
 */
export function cgroupCpus(root = '/'): number {
  const quotas = memberships(root).flatMap(({ mounts, path, quotaOf }) =>
    mounts.flatMap((mount) => andParents(path).map((group) => quotaOf(join(root, mount, group)))),
  )
  return Math.min(Number.POSITIVE_INFINITY, ...quotas)
}

interface Membership {
  mounts: readonly string[]
  path: string
  /** The CPUs a group's folder allows; Infinity without a limit or a folder. */
  quotaOf: (folder: string) => number
}

/** The groups that this process is in, as far as they can limit its CPUs. */
function memberships(root: string): Membership[] {
  const lines = (read(join(root, 'proc/self/cgroup')) ?? '').split('\n')
  return lines.flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (path === undefined) return []
    if (controllers === '') return [{ mounts: UNIFIED_MOUNTS, path, quotaOf: unifiedQuota }]
    return controllers!.split(',').includes('cpu') ? [{ mounts: CPU_MOUNTS, path, quotaOf: cpuQuota }] : []
  })
}

/**
 * `/a/b` -> `/a/b`, `/a`, `/`. Within a container the path may be that of the host, of which nothing is mounted but
 * the container's own group, as `/`: what is not there limits nothing.
 */
function andParents(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '..')
  return Array.from({ length: names.length + 1 }, (_, i) => `/${names.slice(0, names.length - i).join('/')}`)
}

function unifiedQuota(folder: string): number {
  const [quota, period] = (read(join(folder, 'cpu.max')) ?? '').trim().split(/\s+/)
  return ratio(Number(quota), Number(period))
}

function cpuQuota(folder: string): number {
  return ratio(
    Number(read(join(folder, 'cpu.cfs_quota_us')) ?? Number.NaN),
    Number(read(join(folder, 'cpu.cfs_period_us')) ?? Number.NaN),
  )
}

/** Version 1 writes -1, version 2 `max`, for no limit. */
function ratio(quota: number, period: number): number {
  return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
