import { measuredPeers } from './markdown.js'
import type { BenchFile, BenchRow } from './result.js'

const WIDTH = 900
/** Where the bars begin, and how long the longest may be. */
const [LEFT, LONGEST] = [400, 380]
const [BAR, BAR_GAP, GROUP_GAP, HEAD, FOOT] = [14, 3, 16, 56, 28]
const OURS = '#0b6e4f'
const COLOURS = ['#8d99ae', '#c9ada7', '#e0a458', '#6d8fc7', '#b56576', '#70a288']

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
const text = (x: number, y: number, content: string, attributes = '') =>
  `<text x="${x}" y="${y}" ${attributes}>${escaped(content)}</text>`
const time = (ms: number) => (ms < 1000 ? `${ms.toPrecision(3)} ms` : `${(ms / 1000).toFixed(2)} s`)

interface Bar {
  name: string
  ms: number
  /** Of ours. */
  ratio: number
}

function barsOf(row: BenchRow): Bar[] {
  const peers = measuredPeers(row).map(([name, { medianMs, ratio }]) => ({ name, ms: medianMs, ratio }))
  return [{ name: 'msta-native', ms: row.medianMs, ratio: 1 }, ...peers]
}

/** A label in two lines at most, cut where it would not fit. */
function label(row: BenchRow): [string, string] {
  const cut = (line: string) => (line.length > 62 ? `${line.slice(0, 61)}…` : line)
  const dtype = row.dtype === 'none' ? '' : `${row.dtype}, `
  return [cut(row.name), cut(`${dtype}${row.shape}`)]
}

/**
 * The rows that have peers as bars, in SVG: time over ours, so that rows of any length share an axis. Null where no row
 * has a peer that was measured.
 */
export function plot(file: BenchFile): string | null {
  const rows = file.rows.filter((row) => measuredPeers(row).length > 0)
  if (rows.length === 0) return null
  const groups = rows.map((row) => ({ row, bars: barsOf(row) }))
  const highest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ ratio }) => ratio)))
  const names = [...new Set(groups.flatMap(({ bars }) => bars.slice(1).map(({ name }) => name)))].sort()
  const colour = (name: string) =>
    name === 'msta-native' ? OURS : COLOURS[names.indexOf(name) % COLOURS.length]!
  const parts: string[] = []
  let y = HEAD
  for (const { row, bars } of groups) {
    const [first, second] = label(row)
    parts.push(text(LEFT - 10, y + BAR - 2, first, 'text-anchor="end"'))
    parts.push(text(LEFT - 10, y + 2 * BAR + 1, second, 'text-anchor="end" fill="#666"'))
    for (const { name, ms, ratio } of bars) {
      const length = Math.max(1, (ratio / highest) * LONGEST)
      parts.push(
        `<rect x="${LEFT}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" fill="${colour(name)}"/>`,
      )
      parts.push(
        text(LEFT + length + 5, y + BAR - 3, `${time(ms)}${ratio === 1 ? '' : `, ${ratio.toFixed(2)}x`}`),
      )
      y += BAR + BAR_GAP
    }
    y += Math.max(0, 2 - bars.length) * BAR + GROUP_GAP
  }
  const unit = LEFT + LONGEST / highest
  const legend = ['msta-native', ...names].map((name, i) => {
    const x = 20 + i * 145
    return `<rect x="${x}" y="28" width="11" height="11" fill="${colour(name)}"/>${text(x + 16, 38, name)}`
  })
  const height = y + FOOT
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}"`,
    '  role="img" font-family="sans-serif" font-size="11" fill="#222">',
    '<title>Times of msta-native and its peers</title>',
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text(20, 18, 'Time over that of msta-native: shorter is faster', 'font-size="13" font-weight="bold"'),
    ...legend,
    `<line x1="${unit.toFixed(1)}" x2="${unit.toFixed(1)}" y1="${HEAD - 6}" y2="${y}" stroke="${OURS}" stroke-dasharray="3 3"/>`,
    ...parts,
    text(20, height - 10, `${file.date.slice(0, 10)}, medians of one run`, 'fill="#666"'),
    '</svg>',
    '',
  ].join('\n')
}
