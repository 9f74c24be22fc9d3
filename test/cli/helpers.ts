import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export { makeFolder, makeNumbered, sharedData } from '../video/helpers.js'

/** The compiled program. */
export const MAIN = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url))
/** Committed fixtures, beside the sources of the tests. */
export const FIXTURES = path.resolve(fileURLToPath(new URL('.', import.meta.url)), '../../../test/fixtures')

/** How a run of the program ended. */
export interface Run {
  status: number | null
  stdout: string
  stderr: string
  seconds: number
}

/** What a run may differ in. */
export interface RunSettings {
  env?: Record<string, string>
  cwd?: string
  /** Called with the running program. */
  onStart?: (child: ChildProcess) => void
}

/** Runs `msta` with arguments, no shell between. */
export function msta(args: readonly string[], { env, cwd, onStart }: RunSettings = {}): Promise<Run> {
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd,
      env: { ...process.env, MSTA_DEBUG: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', (status) => {
      resolve({ status, stdout, stderr, seconds: (performance.now() - started) / 1000 })
    })
    onStart?.(child)
  })
}

/** Runs `msta ... --json` and reads its stdout, which must be one JSON value and nothing else. */
export async function mstaJson<T>(
  args: readonly string[],
  settings?: RunSettings,
): Promise<Run & { json: T }> {
  const run = await msta([...args, '--json'], settings)
  try {
    return { ...run, json: JSON.parse(run.stdout) as T }
  } catch {
    throw new Error(`not JSON (status ${run.status}): ${run.stdout}\n${run.stderr}`)
  }
}

/** Resolves once `child` has written `text` to stderr. */
export function untilStderr(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve) => {
    let seen = ''
    child.stderr!.on('data', (chunk: string) => {
      seen += chunk
      if (seen.includes(text)) resolve()
    })
  })
}
