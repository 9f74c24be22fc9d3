/** CPU quotas of cgroups, as the kernel writes them, in made-up root folders. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cgroupCpus, usableCpus } from '../../lib/runtime/cpus.js'
import { makeFolder } from '../video/helpers.js'

const cpus = suite('CPUs that may be used')
const { folder, remove } = makeFolder()
cpus.after(remove)
let roots = 0

/** A root folder with these files. */
function root(files: Record<string, string>): string {
  const made = path.join(folder, String(roots++))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(made, name)), { recursive: true })
    writeFileSync(path.join(made, name), text)
  }
  return made
}

const unified = (own: string, files: Record<string, string>, mount = 'sys/fs/cgroup') =>
  root({
    'proc/self/cgroup': `0::${own}\n`,
    ...Object.fromEntries(Object.entries(files).map(([group, max]) => [`${mount}${group}/cpu.max`, max])),
  })

cpus('version 2: the group itself and those above it', () => {
  assert.is(cgroupCpus(unified('/a/b', { '/a/b': '150000 100000\n', '/a': 'max 100000\n' })), 1.5)
  assert.is(cgroupCpus(unified('/a/b', { '/a/b': 'max 100000\n', '/a': '400000 200000\n' })), 2)
  assert.is(cgroupCpus(unified('/a/b', { '/a/b': '300000 100000\n', '/a': '200000 100000\n' })), 2)
  assert.is(cgroupCpus(unified('/', { '': '700000 100000\n' })), 7)
  assert.is(cgroupCpus(unified('/a', { '/b': '100000 100000\n' })), Number.POSITIVE_INFINITY)
})

cpus('version 2 beside version 1, and a path of the host within a container', () => {
  assert.is(cgroupCpus(unified('/a', { '/a': '50000 100000\n' }, 'sys/fs/cgroup/unified')), 0.5)
  assert.is(cgroupCpus(unified('/../../host', { '': '300000 100000\n' })), 3)
  assert.is(cgroupCpus(unified('/docker/0123', { '': '300000 100000\n' })), 3)
})

const older = (line: string, mount: string, quota: string) =>
  root({
    'proc/self/cgroup': `12:memory:/m\n${line}\n1:name=systemd:/s\n`,
    [`${mount}/cpu.cfs_quota_us`]: quota,
    [`${mount}/cpu.cfs_period_us`]: '100000\n',
    'sys/fs/cgroup/memory/m/cpu.cfs_quota_us': '100000\n',
    'sys/fs/cgroup/memory/m/cpu.cfs_period_us': '100000\n',
  })

cpus('version 1, under each name of its controller', () => {
  assert.is(cgroupCpus(older('4:cpu:/x/y', 'sys/fs/cgroup/cpu/x/y', '250000\n')), 2.5)
  assert.is(cgroupCpus(older('4:cpu,cpuacct:/x/y', 'sys/fs/cgroup/cpu,cpuacct/x', '250000\n')), 2.5)
  assert.is(cgroupCpus(older('4:cpuacct,cpu:/x/y', 'sys/fs/cgroup/cpu', '600000\n')), 6)
  assert.is(cgroupCpus(older('4:cpu:/x/y', 'sys/fs/cgroup/cpu/x/y', '-1\n')), Number.POSITIVE_INFINITY)
  assert.is(cgroupCpus(older('4:cpuset:/x', 'sys/fs/cgroup/cpu/x', '100000\n')), Number.POSITIVE_INFINITY)
})

cpus('nothing there, and nonsense there, limit nothing', () => {
  assert.is(cgroupCpus(root({ other: '' })), Number.POSITIVE_INFINITY)
  for (const max of ['', 'max', '100000', '100000 0', 'x y', '0 100000', '-5 100000'])
    assert.is(cgroupCpus(unified('/', { '': max })), Number.POSITIVE_INFINITY, max)
  assert.is(cgroupCpus(root({ 'proc/self/cgroup': 'what:ever\n::\n\n' })), Number.POSITIVE_INFINITY)
})

cpus('this process may use at least one', () => {
  assert.ok(Number.isInteger(usableCpus()))
  assert.ok(usableCpus() >= 1 && usableCpus() <= availableParallelism())
})

cpus.run()
