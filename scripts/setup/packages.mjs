import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, SetupError, say } from './root.mjs'

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages
  } catch {
    return undefined
  }
}

/** Whether node_modules lacks something of package-lock.json, by content: times mean nothing after a checkout. */
export function packagesAreStale() {
  const wanted = packagesOf('package-lock.json')
  // npm writes this file last, so an interrupted install has none.
  const installed = packagesOf('node_modules/.package-lock.json')
  if (!installed) return true
  return Object.entries(wanted ?? {}).some(([path, entry]) => {
    if (path === '' || entry.optional) return false
    return installed[path]?.version !== entry.version
  })
}

/**
 * `npm ci` without any package's install script: ours would build what the next step builds, and ffmpeg-static's
 * downloads from GitHub (the ffmpeg step runs it when nothing else gives an ffmpeg).
 */
export function installPackages() {
  say('installing packages (npm ci)')
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  // A fresh clone's `npm test` may come with NODE_ENV=production; the tools that build are development packages.
  const env = { ...process.env, NODE_ENV: 'development' }
  const { status } = spawnSync('npm', [...args, '--include=dev'], {
    cwd: root,
    env,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new SetupError('`npm ci` failed (see above). It needs access to the npm registry.')
}
