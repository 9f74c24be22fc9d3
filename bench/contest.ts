import { spawn } from 'node:child_process'
import type { Budget } from './budget.js'
import { median, type PeerResult, spread } from './result.js'

/** What one process of a contest prints as its last line, as JSON. */
export interface Trial {
  times: number[]
  /** Of one iteration. */
  gflop?: number
  peakRssMb?: number
  peakDeviceMb?: number | null
  deviceUsedMb?: number | null
  [detail: string]: unknown
}

/** A program whose every run is a trial. */
export interface Contender {
  program: string
  args: readonly string[]
  /** Seconds that its first trial may be expected to take. */
  expect?: number
}

/** The trials of a contender, or why there are none. */
export type Outcome = { trials: Trial[] } | { skipped: string }

const LONGEST_TRIAL_MS = 420_000
const DEFAULT_EXPECT_S = 15

/** Tells a trial when its process was started: milliseconds since 1970. */
export const STARTED = 'MSTA_BENCH_STARTED'

/** Runs a program to its end; its last line of output, parsed. Rejects with its last line of complaint. */
export function runTrial({ program, args }: Contender, timeoutMs = LONGEST_TRIAL_MS): Promise<Trial> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, [STARTED]: String(Date.now()) },
    })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr = (stderr + text).slice(-20_000)
    })
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      child.kill('SIGKILL')
    }, timeoutMs)
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', (status) => {
      clearTimeout(timer)
      if (timedOut) return reject(new Error(`took longer than ${Math.round(timeoutMs / 1000)} s`))
      try {
        if (status === 0) return resolve(JSON.parse(stdout.trim().split('\n').at(-1)!))
      } catch {
        return reject(new Error(`printed no JSON: ${stdout.slice(-200)}`))
      }
      const lines = stderr.trim().split('\n')
      const told =
        lines.findLast((line) => /Error|error:/.test(line) && !/^\s*at /.test(line)) ?? lines.at(-1)
      reject(new Error(`failed with status ${status}: ${told?.trim()}`))
    })
  })
}

/**
 * Trials in rounds, every contender once a round, so that all meet the same moods of the machine. The first contender
 * is ours: without it there is no contest. Rounds after the first come as far as the budget goes.
 */
export async function contest(
  contenders: Record<string, Contender>,
  { rounds, budget }: { rounds: number; budget: Budget },
): Promise<Record<string, Outcome>> {
  const outcomes: Record<string, Outcome> = {}
  const names = Object.keys(contenders)
  for (let round = 0; round < rounds; round++) {
    const started = performance.now()
    for (const name of names) {
      const before = outcomes[name]
      if (before && 'skipped' in before) continue
      const contender = contenders[name]!
      if (!before && !budget.allows((contender.expect ?? DEFAULT_EXPECT_S) * 1000)) {
        outcomes[name] = { skipped: 'no time left' }
        continue
      }
      try {
        const trial = await runTrial(contender, Math.min(LONGEST_TRIAL_MS, Math.max(1000, budget.leftMs)))
        if (before) before.trials.push(trial)
        else outcomes[name] = { trials: [trial] }
      } catch (error) {
        outcomes[name] = before ?? { skipped: (error as Error).message }
      }
    }
    if ('skipped' in outcomes[names[0]!]!) break
    // What the first round compiled is cached.
    const expected = (performance.now() - started) * (round === 0 ? 0.6 : 1)
    if (!budget.partAllows(expected)) break
  }
  return outcomes
}

type Figure = 'peakRssMb' | 'peakDeviceMb' | 'deviceUsedMb'

/** The highest that any trial reached; null where none tells. */
function most(trials: readonly Trial[], key: Figure): number | null {
  const figures = trials.map((trial) => trial[key]).filter((figure) => figure != null)
  return figures.length > 0 ? Math.max(...figures) : null
}

/** Our part of a row, and the work of a trial in GFLOP. @throws Error with the reason where there is no trial */
export function ourFigures(outcome: Outcome | undefined) {
  if (!outcome || 'skipped' in outcome) throw new Error(outcome?.skipped ?? 'did not take part')
  const { trials } = outcome
  const times = trials.map((trial) => trial.times)
  const figures = {
    medianMs: median(times.flat()),
    spreadMs: spread(times.flat()),
    times,
    peakRssMb: most(trials, 'peakRssMb'),
    peakDeviceMb: most(trials, 'peakDeviceMb'),
    deviceUsedMb: most(trials, 'deviceUsedMb'),
  }
  return { figures, gflop: trials[0]!.gflop ?? 0 }
}

/** A peer's part of a row; details of its last trial (which attention ran, memory) come along. */
export function peerFigures(outcome: Outcome | undefined, ourMs: number): PeerResult {
  if (!outcome || 'skipped' in outcome) return { skipped: outcome?.skipped ?? 'did not take part' }
  const times = outcome.trials.map((trial) => trial.times)
  const medianMs = median(times.flat())
  const last = outcome.trials.at(-1)!
  const details = Object.fromEntries(
    ['peakDeviceMb', 'deviceUsedMb', 'sdpa', 'temporal', 'mode', 'clsOnly']
      .filter((key) => last[key] != null && last[key] !== false && String(last[key]) !== '')
      .map((key) => [key, last[key]]),
  )
  return {
    medianMs,
    ratio: medianMs / ourMs,
    times,
    peakRssMb: most(outcome.trials, 'peakRssMb'),
    ...details,
  }
}
