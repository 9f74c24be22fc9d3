// One setup at a time in a working tree: a folder is the lock, since making one is atomic everywhere.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 200
// An owner on another machine, or one that left no name, can only be judged by age.
const UNKNOWN_OWNER_MS = 30 * 60_000
const NAMELESS_MS = 10_000

function readOwner(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8'))
  } catch {
    return undefined
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Whether the process that took the lock has died without giving it back. */
export function isAbandoned(folder) {
  const owner = readOwner(folder)
  if (owner && owner.host === hostname()) return !isAlive(owner.pid)
  try {
    return Date.now() - statSync(folder).mtimeMs > (owner ? UNKNOWN_OWNER_MS : NAMELESS_MS)
  } catch {
    return false
  }
}

function tryTake(folder) {
  try {
    mkdirSync(folder)
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
  writeFileSync(join(folder, 'owner.json'), JSON.stringify({ pid: process.pid, host: hostname() }))
  return true
}

function clearAbandoned(folder) {
  const aside = `${folder}.${process.pid}`
  try {
    renameSync(folder, aside)
  } catch {
    return // somebody else cleared it
  }
  // Between the check and the rename another process may have cleared it and taken it anew: give that one back.
  if (isAbandoned(aside)) rmSync(aside, { recursive: true, force: true })
  else renameSync(aside, folder)
}

/** Runs `work` while holding the lock; waits for another holder, saying so once. */
export async function withLock(folder, work, onWait = () => {}) {
  let waited = false
  while (!tryTake(folder)) {
    if (isAbandoned(folder)) {
      clearAbandoned(folder)
      continue
    }
    if (!waited) onWait(readOwner(folder)?.pid)
    waited = true
    await sleep(POLL_MS)
  }
  const release = () => rmSync(folder, { recursive: true, force: true })
  const interrupted = () => {
    release()
    process.exit(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupted)
  try {
    return await work()
  } finally {
    release()
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, interrupted)
  }
}
