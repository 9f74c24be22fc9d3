import { type Contender, contest, ourFigures, peerFigures } from './contest.js'
import type { BenchDType, Plan, Result } from './plan.js'
import { type BenchRow, ceilingShare, type PeerResult } from './result.js'

/** A row before it is measured: what it is called and who takes part. */
export interface Match {
  suite: string
  name: string
  dtype: BenchDType | 'none'
  shape: string
  /** By what it adds to the name; the first adds nothing. A row each. */
  ours: Record<string, Contender>
  /** By name; or why it takes no part. */
  peers: Record<string, Contender | string>
  rounds: number
  /** Operations that must be computed, for the share of the ceiling; by what it adds to the name. */
  flops?: (suffix: string) => number
  /** What a time says of clips. */
  rate?: (medianMs: number) => BenchRow['rate']
}

/** Our program `file` of dist/bench. */
export const ourTrial = (file: string, args: readonly string[]): Contender => ({
  program: process.execPath,
  args: [file, ...args],
})

/** Plays a match, a process a trial, all in turn: one part of the plan's budget. */
export async function* play(plan: Plan, match: Match): AsyncGenerator<Result> {
  const { suite, dtype, shape } = match
  const isContender = (entry: [string, Contender | string]): entry is [string, Contender] =>
    typeof entry[1] !== 'string'
  const ours = Object.entries(match.ours).map(([suffix, contender]) => [`ours${suffix}`, contender] as const)
  const entered = Object.entries(match.peers).filter(isContender)
  plan.budget.begin()
  const contenders = Object.fromEntries([...ours, ...entered])
  const outcomes = await contest(contenders, { rounds: match.rounds, budget: plan.budget })
  for (const suffix of Object.keys(match.ours)) {
    const name = `${match.name}${suffix}`
    try {
      const { figures, gflop } = ourFigures(outcomes[`ours${suffix}`])
      const { medianMs } = figures
      const peers: Record<string, PeerResult> = {}
      for (const [peer, entry] of Object.entries(match.peers))
        peers[peer] = typeof entry === 'string' ? { skipped: entry } : peerFigures(outcomes[peer], medianMs)
      const flops = match.flops?.(suffix) ?? 0
      yield {
        suite,
        name,
        device: plan.device,
        dtype,
        shape,
        ...figures,
        ...(match.rate && { rate: match.rate(medianMs) }),
        gflops: gflop > 0 ? (gflop / medianMs) * 1e3 : null,
        ceilingShare: flops > 0 ? ceilingShare({ flops, dtype }, medianMs, plan.ceilings) : null,
        peers,
      }
    } catch (error) {
      yield { failure: { name, dtype, shape, error: (error as Error).message } }
    }
  }
}
