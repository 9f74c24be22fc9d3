import type { ProtocolResult, Summary, SystemResult } from '../index.js'
import { formatTable } from './output.js'

const points = (share: number): string => (100 * share).toFixed(2)

const cell = ({ mean, std }: Summary): string =>
  std === null ? points(mean) : `${points(mean)} ± ${points(std)}`

/**
 * A result bundle as the paper's table: a row a system, accuracies in per cent.
 * @param withSeconds also how long a training took, on average
 */
export function protocolTable({ protocol, systems }: ProtocolResult, { withSeconds = false } = {}): string[] {
  const isInHalves = systems.some(({ hm }) => hm)
  const hasShots = new Set(systems.flatMap(({ shots }) => shots ?? [])).size > 1
  const heads = ['system', ...(hasShots ? ['shots'] : []), 'trained parameters']
  const figures = isInHalves ? ['base', 'novel', 'HM'] : ['top-1', 'top-5']
  const rows = systems.map((row) => [
    row.title,
    ...(hasShots ? [row.shots === null ? '-' : `${row.shots}`] : []),
    row.parameters.trained.toLocaleString('en'),
    ...(isInHalves ? [row.base, row.novel, row.hm] : [row.top1, row.top5]).map((value) => cell(value!)),
    ...(withSeconds ? [secondsOf(row).toFixed(1)] : []),
  ])
  const { ddof } = systems[0]!.top1
  return [
    `${protocol}, accuracy in %, mean ± std (ddof ${ddof}) over ${countOf(systems)}`,
    ...formatTable([[...heads, ...figures, ...(withSeconds ? ['seconds'] : [])], ...rows]),
  ]
}

/** Of a training. */
const secondsOf = ({ runs }: SystemResult): number =>
  runs.reduce((sum, { training }) => sum + (training?.seconds ?? 0), 0) / runs.length

function countOf(systems: readonly SystemResult[]): string {
  const last = systems.at(-1)!
  const runs = last.runs.length
  const splits = last.hm ? 1 : (last.runs[0]?.tests.length ?? 1)
  const parts = [`${runs} ${runs === 1 ? 'run' : 'runs'}`, ...(splits > 1 ? [`${splits} splits`] : [])]
  return parts.join(' and ')
}
