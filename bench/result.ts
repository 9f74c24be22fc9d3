/** Milliseconds of every iteration, a list a process. */
export type Times = readonly (readonly number[])[]

/** How a peer did in the same run: its median, how many times ours it is; or why it was left out. */
export type PeerResult =
  | { medianMs: number; ratio: number; times?: Times; peakRssMb?: number | null; [detail: string]: unknown }
  | { skipped: string }

/** Whether a peer took no part. */
export const isSkipped = (peer: PeerResult): peer is { skipped: string } => 'skipped' in peer

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
  /** What median and spread are of. */
  times?: Times
  gflops: number | null
  /** Clips a second, where clips are what is counted. */
  rate?: { value: number; unit: string }
  /** Memory traffic over time, where it is the measure. */
  gbs?: number | null
  /** Time at the ceiling over time; null where no ceiling was measured. */
  ceilingShare?: number | null
  peakRssMb: number | null
  /** Most memory of the device in buffers at once, without the kernels' scratch; null on the CPU. */
  peakDeviceMb?: number | null
  /** Memory of the device taken at the end: buffers, caches, scratch, the driver's own. */
  deviceUsedMb?: number | null
  /** By peer. */
  peers: Record<string, PeerResult>
}

/** What the machine reached at best, in the same run. */
export interface Ceilings {
  gemmBf16Tflops: number | null
  gemmF32Tflops: number | null
  /** Of the CPU alone. */
  int8Tops?: number | null
  /** Bytes read and written. */
  copyGBs: number | null
  /** What measured it. */
  source?: string
  /** Why something is null. */
  reason?: string
}

/** What `npm run bench -- --json FILE` writes. */
export interface BenchFile {
  /** When it was begun, ISO 8601. */
  date: string
  machine: object
  versions: object
  commit: string | null
  /** Of the CUDA sources, see kernel-hash.ts. */
  kernelHash: string
  /** Empty where none were measured. */
  ceilings: Ceilings | Record<string, never>
  rows: BenchRow[]
  /** What could not be measured, and why. */
  failures: { suite: string; name: string; dtype: string; shape: string; error: string }[]
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

/** Time at the ceiling over time: bound by arithmetic or by traffic, whichever takes longer; null without ceilings. */
export function ceilingShare(
  { flops, bytes, dtype }: { flops: number; bytes?: number; dtype: string },
  medianMs: number,
  ceilings: Ceilings | undefined,
): number | null {
  const byDtype: Record<string, number | null | undefined> = {
    float32: ceilings?.gemmF32Tflops,
    bfloat16: ceilings?.gemmBf16Tflops,
    int8: ceilings?.int8Tops,
  }
  const tflops = byDtype[dtype]
  const bounds: number[] = []
  if (tflops) bounds.push(flops / tflops / 1e9)
  if (ceilings?.copyGBs && bytes) bounds.push(bytes / ceilings.copyGBs / 1e6)
  return bounds.length > 0 ? Math.max(...bounds) / medianMs : null
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isTime = (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value > 0
const isFigure = (value: unknown) => value === null || (typeof value === 'number' && Number.isFinite(value))

function rowProblems(row: unknown): string[] {
  if (!isObject(row)) return ['is no object']
  const problems = ['suite', 'name', 'device', 'dtype', 'shape']
    .filter((key) => typeof row[key] !== 'string' || row[key] === '')
    .map((key) => `has no ${key}`)
  if (!isTime(row.medianMs)) problems.push('has no positive medianMs')
  if (!(typeof row.spreadMs === 'number' && row.spreadMs >= 0)) problems.push('has no spreadMs')
  for (const key of ['gflops', 'peakRssMb']) if (!isFigure(row[key])) problems.push(`has no ${key}`)
  if (!isObject(row.peers)) return [...problems, 'has no peers']
  const isOnGpu = String(row.device).startsWith('cuda')
  if (isOnGpu && !isFigure(row.ceilingShare)) problems.push('has no ceilingShare')
  for (const [name, peer] of Object.entries(row.peers)) {
    if (isObject(peer) && typeof peer.skipped === 'string') continue
    const { medianMs, ratio } = isObject(peer) ? peer : {}
    if (!isTime(medianMs) || !isTime(ratio)) problems.push(`peer ${name} has no times`)
    else if (!(Math.abs((ratio as number) / ((medianMs as number) / (row.medianMs as number)) - 1) < 1e-6))
      problems.push(`peer ${name}: its ratio is not its time over ours`)
  }
  return problems
}

/** Whether any row of a result file is of a GPU. */
export const isGpuResult = (file: { rows?: unknown }): boolean =>
  Array.isArray(file.rows) && file.rows.some((row) => String(row?.device).startsWith('cuda'))

/** What is wrong with the parsed JSON of a result file; nothing, if it is as DESIGN section 5 has it. */
export function resultProblems(file: unknown): string[] {
  if (!isObject(file)) return ['is no JSON object']
  const problems = ['machine', 'versions', 'ceilings']
    .filter((key) => !isObject(file[key]))
    .map((key) => `has no ${key}`)
  if (file.commit !== null && typeof file.commit !== 'string') problems.push('has no commit')
  if (!Array.isArray(file.rows) || file.rows.length === 0) return [...problems, 'has no rows']
  file.rows.forEach((row, i) => {
    problems.push(...rowProblems(row).map((problem) => `row ${i} ${problem}`))
  })
  if (!isGpuResult(file)) return problems
  if (typeof (file.machine as { gpu?: unknown })?.gpu !== 'string')
    problems.push('has no machine.gpu: emulated?')
  if (!/^[0-9a-f]{64}$/.test(String(file.kernelHash))) problems.push('has no kernelHash')
  if (Number.isNaN(Date.parse(String(file.date)))) problems.push('has no date')
  return problems
}
