import { type BenchRow, isSkipped } from './result.js'

const milliseconds = (ms: number) => `${ms.toFixed(ms < 100 ? 2 : 0)} ms`

/** A row as one line of text. */
export function rowText(row: BenchRow): string {
  const digits = row.device === 'cpu' ? 3 : 4
  const speed = row.gflops ? `${row.gflops.toFixed(0)} GFLOP/s` : ''
  const cells = [
    row.name.padEnd(32),
    row.dtype.padEnd(8),
    `${row.medianMs.toFixed(digits)} ms`.padStart(13),
    `+-${row.spreadMs.toFixed(digits)}`.padStart(9),
    row.rate ? `${row.rate.value.toFixed(1)} ${row.rate.unit}` : speed.padStart(14),
  ]
  if (row.gbs != null) cells.push(`${row.gbs.toFixed(0)} GB/s`.padStart(9))
  if (row.ceilingShare != null) cells.push(`${(100 * row.ceilingShare).toFixed(0)}%`.padStart(4))
  const memory = row.peakDeviceMb ?? row.peakRssMb
  cells.push(memory === null ? '' : `${memory.toFixed(0)} MB`, row.shape)
  for (const [name, peer] of Object.entries(row.peers)) {
    if (isSkipped(peer)) cells.push(`${name}: ${peer.skipped}`)
    else {
      const held =
        peer.peakRssMb && row.peakRssMb ? `, memory ${(peer.peakRssMb / row.peakRssMb).toFixed(2)}` : ''
      cells.push(`${name} ${milliseconds(peer.medianMs)} (ratio ${peer.ratio.toFixed(2)}${held})`)
    }
  }
  return cells.join('  ')
}
