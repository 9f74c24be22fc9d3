// Whether a build is older than its sources. A stamp file holds the time at which the last good build BEGAN, so that
// a file edited during a build counts as newer.
import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Latest modification (milliseconds) of files below `path` whose name `accepts`, and of their folders. */
export function newest(path, accepts = () => true) {
  let stats
  try {
    stats = statSync(path)
  } catch {
    return 0
  }
  if (!stats.isDirectory()) return stats.mtimeMs
  // A folder's own time tells of files that were added or removed.
  let latest = stats.mtimeMs
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory() || accepts(entry.name)) {
      latest = Math.max(latest, newest(join(path, entry.name), accepts))
    }
  }
  return latest
}

/** The stamp's time, 0 when there is none. */
export function stampTime(stamp) {
  try {
    return statSync(stamp).mtimeMs
  } catch {
    return 0
  }
}

/** Notes a build that began at `startedMs` and succeeded. */
export function writeStamp(stamp, startedMs) {
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, '')
  utimesSync(stamp, startedMs / 1000, startedMs / 1000)
}
