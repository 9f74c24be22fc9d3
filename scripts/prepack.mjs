// Before `npm pack` and `npm publish`: the compiled TypeScript, what require() gives, and the prebuilt addon, each of
// the sources as they are.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildPrebuilt } from './build-prebuilt.mjs'
import { writeCommonJs } from './setup/commonjs.mjs'
import { installPackages, packagesAreStale } from './setup/packages.mjs'
import { prebuiltIsStale } from './setup/prebuilt.mjs'
import { root, say } from './setup/root.mjs'
import { buildTypeScript, distIsStale } from './setup/typescript.mjs'

const COMPILED = /\.(d\.ts|js\.map|js)$/

/** tsc leaves what it made of a source that is gone. */
function removeOrphans() {
  for (const name of readdirSync(join(root, 'dist/lib'), { recursive: true }))
    if (COMPILED.test(name) && !existsSync(join(root, 'lib', name.replace(COMPILED, '.ts'))))
      rmSync(join(root, 'dist/lib', name))
}

try {
  if (packagesAreStale()) installPackages()
  if (distIsStale()) buildTypeScript()
  removeOrphans()
  writeCommonJs()
  if (prebuiltIsStale()) {
    say('building the prebuilt addon (`npm run build:prebuilt` shows the build)')
    say(await buildPrebuilt({ quiet: true }))
  }
} catch (error) {
  say(error.message)
  process.exitCode = 1
}
