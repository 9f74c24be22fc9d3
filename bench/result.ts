/** One measured operation or step. */
export interface BenchRow {
  suite: string
  name: string
  device: string
  dtype: string
  shape: string
  medianMs: number
  /** Longest minus shortest of the trials. */
  spreadMs: number
  gflops: number | null
  peakRssMb: number | null
  /** By peer: its median in the same run, and how many times ours it is. */
  peers: Record<string, { medianMs: number; ratio: number } | { skipped: string }>
}

/** Median of some times. */
export function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b)
  return sorted.length % 2
    ? sorted[(sorted.length - 1) / 2]!
    : (sorted[sorted.length / 2 - 1]! + sorted[sorted.length / 2]!) / 2
}

/** Longest minus shortest. */
export const spread = (times: readonly number[]): number => Math.max(...times) - Math.min(...times)
