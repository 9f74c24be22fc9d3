// Makes a working tree ready: packages, native addon, compiled TypeScript, ffmpeg. What is ready is left alone, so
// every command may call it first. `--build` builds both even when nothing has changed.
import { join } from 'node:path'
import { buildEmulated, emulatedIsStale } from './setup/emulated.mjs'
import { ffmpegIsMissing, installFfmpeg } from './setup/ffmpeg.mjs'
import { withLock } from './setup/lock.mjs'
import { addonIsStale, buildAddon } from './setup/native.mjs'
import { installPackages, packagesAreStale } from './setup/packages.mjs'
import { root, SetupError, say } from './setup/root.mjs'
import { buildTypeScript, distIsStale } from './setup/typescript.mjs'

const OLDEST_NODE = 20
const force = process.argv.includes('--build')
const forTests = process.argv.includes('--tests')

const steps = [
  { isNeeded: packagesAreStale, run: installPackages },
  { isNeeded: () => force || addonIsStale(), run: buildAddon },
  { isNeeded: () => force || distIsStale(), run: buildTypeScript },
  { isNeeded: () => forTests && emulatedIsStale(), run: buildEmulated },
  { isNeeded: ffmpegIsMissing, run: installFfmpeg },
]

async function main() {
  const major = Number(process.versions.node.split('.')[0])
  if (major < OLDEST_NODE) {
    throw new SetupError(`Node.js ${OLDEST_NODE} or later is needed; this is ${process.version}.`)
  }
  if (!steps.some(({ isNeeded }) => isNeeded())) return
  await withLock(
    join(root, '.setup-lock'),
    () => {
      // Asked again: another setup may have done it while this one waited.
      for (const { isNeeded, run } of steps) if (isNeeded()) run()
    },
    (pid) => say(`waiting for another setup (process ${pid ?? 'unknown'})`),
  )
}

await main().catch((error) => {
  if (!(error instanceof SetupError)) throw error
  say(error.message)
  process.exitCode = 1
})
