import { Philox } from '../lib/data/random.js'
import { type BenchFile, type BenchRow, type Ceilings, isSkipped, median, type Times } from './result.js'

/** Whether a row became faster or slower; `same`: what changed, if anything, is within the noise. */
export type Verdict = 'faster' | 'slower' | 'same'

/** One row in two results. */
export interface RowChange {
  row: string
  baseMs: number
  nowMs: number
  /** New time over old. */
  ratio: number
  /** Where that ratio may well lie: 95 % of resampled ratios, widened by the drift of the machine. */
  interval: [low: number, high: number]
  /** New over old time of what did not change with us: the row's peers, else the ceilings; 1 where there are none. */
  drift: number
  verdict: Verdict
}

/** Two results, row by row. */
export interface Comparison {
  changes: RowChange[]
  onlyBase: string[]
  onlyNow: string[]
  /** How the machines differ; nothing, if they are alike. */
  machines: string[]
}

const RESAMPLINGS = 1000
/** Changes below this are never a verdict: memory layout alone can make them. */
const LEAST_CHANGE = 0.02

const keyOf = ({ suite, name, device, dtype, shape }: BenchRow) =>
  [suite, name, device, dtype, shape].join(' | ')

/** All times of a row; of results older than the field, three that have its median and spread. */
const timesOf = ({ times, medianMs, spreadMs }: BenchRow): Times =>
  times ?? [[medianMs - spreadMs / 2, medianMs, medianMs + spreadMs / 2]]

/** A median of times drawn anew: processes first, since what one process meets all of its times have in common. */
function resampledMedian(times: Times, random: () => number): number {
  const draw = <T>(from: readonly T[]): T[] => from.map(() => from[Math.floor(random() * from.length)]!)
  return median(draw(times).flatMap(draw))
}

function ratioInterval(base: Times, now: Times): [number, number] {
  const stream = new Philox(1, 0n)
  const random = () => stream.next()
  const ratios = Array.from(
    { length: RESAMPLINGS },
    () => resampledMedian(now, random) / resampledMedian(base, random),
  ).sort((a, b) => a - b)
  return [ratios[Math.floor(0.025 * RESAMPLINGS)]!, ratios[Math.ceil(0.975 * RESAMPLINGS) - 1]!]
}

function ceilingDrift(base: Partial<Ceilings>, now: Partial<Ceilings>): number | undefined {
  return base.gemmF32Tflops && now.gemmF32Tflops ? base.gemmF32Tflops / now.gemmF32Tflops : undefined
}

function driftOf(base: BenchRow, now: BenchRow, ofCeilings: number | undefined): number {
  const ratios = Object.entries(base.peers).flatMap(([name, before]) => {
    const after = now.peers[name]
    return after && !isSkipped(after) && !isSkipped(before) ? [after.medianMs / before.medianMs] : []
  })
  return ratios.length > 0 ? median(ratios) : (ofCeilings ?? 1)
}

function change(base: BenchRow, now: BenchRow, ofCeilings: number | undefined): RowChange {
  const ratio = now.medianMs / base.medianMs
  const drift = driftOf(base, now, ofCeilings)
  const [low, high] = ratioInterval(timesOf(base), timesOf(now))
  // Whether the drift is the machine's or chance: a verdict must hold with and without it.
  const interval: [number, number] = [Math.min(low, low / drift), Math.max(high, high / drift)]
  const isFaster = interval[1] < 1 - LEAST_CHANGE
  const isSlower = interval[0] > 1 + LEAST_CHANGE
  const verdict = isFaster ? 'faster' : isSlower ? 'slower' : 'same'
  return { row: keyOf(base), baseMs: base.medianMs, nowMs: now.medianMs, ratio, interval, drift, verdict }
}

function machineDifferences(base: BenchFile, now: BenchFile): string[] {
  const [before, after] = [base.machine, now.machine] as Record<string, unknown>[]
  return ['cpu', 'cores', 'gpu', 'devices'].flatMap((key) => {
    const [old, young] = [JSON.stringify(before![key] ?? null), JSON.stringify(after![key] ?? null)]
    return old === young ? [] : [`${key}: ${old} and ${young}`]
  })
}

/** Compares two results; rows are the same when suite, name, device, dtype and shape are. */
export function compareResults(base: BenchFile, now: BenchFile): Comparison {
  const before = new Map(base.rows.map((row) => [keyOf(row), row]))
  const after = new Map(now.rows.map((row) => [keyOf(row), row]))
  const ofCeilings = ceilingDrift(base.ceilings, now.ceilings)
  const shared = [...before].filter(([key]) => after.has(key))
  return {
    changes: shared.map(([key, row]) => change(row, after.get(key)!, ofCeilings)),
    onlyBase: [...before.keys()].filter((key) => !after.has(key)),
    onlyNow: [...after.keys()].filter((key) => !before.has(key)),
    machines: machineDifferences(base, now),
  }
}

/** A comparison as lines of text. */
export function comparisonText({ changes, onlyBase, onlyNow, machines }: Comparison): string {
  const count = (verdict: Verdict) => changes.filter((each) => each.verdict === verdict).length
  return [
    ...machines.map((difference) => `DIFFERENT MACHINES: ${difference}`),
    ...changes.map(({ row, baseMs, nowMs, ratio, interval, drift, verdict }) =>
      [
        verdict.padEnd(6),
        `${ratio.toFixed(3)} of the time`,
        `(${interval.map((end) => end.toFixed(3)).join(' to ')}; drift ${drift.toFixed(3)})`,
        `${baseMs.toPrecision(4)} -> ${nowMs.toPrecision(4)} ms`,
        row,
      ].join('  '),
    ),
    ...onlyBase.map((row) => `only in the base: ${row}`),
    ...onlyNow.map((row) => `only in the new result: ${row}`),
    `${count('faster')} faster, ${count('slower')} slower, ${count('same')} the same within noise`,
  ].join('\n')
}
