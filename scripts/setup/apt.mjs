import { spawnSync } from 'node:child_process'
import { onPath } from './native.mjs'
import { say } from './root.mjs'

/** Installs a Debian package that brings `program`; false where that cannot be done here. */
export function aptInstall(program, name = program) {
  if (process.getuid?.() !== 0 || !onPath('apt-get')) return false
  say(`installing ${name} (apt-get, a minute or two)`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args) =>
    spawnSync('apt-get', ['-qq', '-o', 'Dpkg::Use-Pty=0', ...args], {
      env,
      stdio: ['ignore', 'ignore', 'ignore'],
    }).status === 0
  apt('update')
  return apt('install', '-y', '--no-install-recommends', name) && onPath(program) !== undefined
}
