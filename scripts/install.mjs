// What npm runs when somebody installs the package: nothing when a prebuilt binary loads, else a build from source.
// Never downloads. A package manager that skips install scripts loses only the second.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { buildNative } from './build-native.mjs'
import { root } from './setup/root.mjs'

const require = createRequire(import.meta.url)

/** Tried in a process of its own: a binary for another C library can end the process that loads it. */
function binaryLoads() {
  if (process.env.npm_config_build_from_source) return false
  const loader = require.resolve('node-gyp-build/build-test.js')
  return spawnSync(process.execPath, [loader], { cwd: root, stdio: 'ignore' }).status === 0
}

if (!binaryLoads()) {
  process.stderr.write(
    `msta-native: no prebuilt binary for ${process.platform}-${process.arch}; building from source\n`,
  )
  try {
    buildNative({ quiet: true })
  } catch (error) {
    process.stderr.write(`msta-native: ${error.message}\n`)
    process.exitCode = 1
  }
}
