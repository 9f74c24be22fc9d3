import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root, SetupError, say } from './root.mjs'
import { newest, stampTime, writeStamp } from './stamp.mjs'

const stamp = join(root, 'dist/.typescript-stamp')
const isTypeScript = (name) => name.endsWith('.ts')

/** Whether dist is missing or older than the TypeScript it is made from. */
export function distIsStale() {
  const built = stampTime(stamp)
  if (built === 0 || !existsSync(join(root, 'dist/lib/index.js'))) return true
  return ['lib', 'test', 'bench', 'native/kernels', 'tsconfig.json'].some(
    (path) => newest(join(root, path), isTypeScript) > built,
  )
}

export function buildTypeScript() {
  say('compiling TypeScript')
  const started = Date.now()
  // tsc trusts its record of what it wrote; without the files the record misleads it.
  if (!existsSync(join(root, 'dist/lib/index.js'))) rmSync(join(root, 'dist/.tsbuildinfo'), { force: true })
  const manifest = createRequire(join(root, 'package.json')).resolve('typescript/package.json')
  const tsc = join(manifest, '../bin/tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.json'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) throw new SetupError('TypeScript did not compile (see above).')
  // npx runs it within the checkout.
  chmodSync(join(root, 'dist/lib/cli/main.js'), 0o755)
  writeStamp(stamp, started)
}
