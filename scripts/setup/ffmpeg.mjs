// The order of lib/video/ffmpeg.ts: MSTA_FFMPEG, the optional package ffmpeg-static, the PATH. When none is there:
// Debian's package (as root), else ffmpeg-static's own download, else the command to type.
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aptInstall } from './apt.mjs'
import { onPath } from './native.mjs'
import { root, say } from './root.mjs'

const INSTALL = 'apt-get update && apt-get install -y --no-install-recommends ffmpeg'
const DOWNLOAD_LIMIT_MS = 120_000
const folder = join(root, 'node_modules/ffmpeg-static')
// Kept with the packages, so that a download that failed is not tried again before they are installed anew.
const failedBefore = join(folder, '.download-failed')

/** Whether there is no ffmpeg, and it has not been looked for in vain. */
export function ffmpegIsMissing() {
  // A set but wrong MSTA_FFMPEG is the user's to mend: the library names it.
  if (process.env.MSTA_FFMPEG) return false
  const name = process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg'
  return !existsSync(join(folder, name)) && !onPath('ffmpeg') && !existsSync(failedBefore)
}

function download() {
  const script = join(folder, 'install.js')
  if (!existsSync(script)) return false
  say('downloading ffmpeg (ffmpeg-static)')
  const { status } = spawnSync(process.execPath, [script], {
    cwd: folder,
    stdio: 'ignore',
    timeout: DOWNLOAD_LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  if (status === 0) return true
  writeFileSync(failedBefore, '')
  return false
}

/** Never fails: everything but reading videos works without ffmpeg. */
export function installFfmpeg() {
  if (aptInstall('ffmpeg') || download()) return
  say(`there is no ffmpeg; reading videos needs one. On Debian or Ubuntu: ${INSTALL}`)
}
