import { type BenchFile, type BenchRow, isSkipped, type PeerResult } from './result.js'

type Measured = Exclude<PeerResult, { skipped: string }>

/** The peers of a row that were measured, the fastest first. */
export function measuredPeers({ peers }: BenchRow): [name: string, peer: Measured][] {
  const found = Object.entries(peers).filter((entry): entry is [string, Measured] => !isSkipped(entry[1]))
  return found.sort(([, a], [, b]) => a.medianMs - b.medianMs)
}

function time(ms: number): string {
  if (ms < 0.1) return `${(1000 * ms).toFixed(1)} us`
  return ms < 100
    ? `${ms.toPrecision(3)} ms`
    : ms < 10_000
      ? `${ms.toFixed(0)} ms`
      : `${(ms / 1000).toFixed(1)} s`
}

const escaped = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`
const NONE = '–'

function memory(row: BenchRow, best: Measured | undefined): string {
  const ours = row.peakDeviceMb ?? row.peakRssMb
  if (ours == null) return NONE
  const theirs = row.peakDeviceMb == null ? best?.peakRssMb : (best?.peakDeviceMb as number | undefined)
  return `${ours.toFixed(0)} MB${theirs ? ` (${(ours / theirs).toFixed(2)} of theirs)` : ''}`
}

function tableRow(row: BenchRow, peers: readonly string[]): string {
  const measured = measuredPeers(row)
  const best = measured[0]
  const rate = row.rate ? `, ${row.rate.value.toFixed(1)} ${row.rate.unit}` : ''
  const theirs = peers.map((name) => {
    const peer = measured.find(([each]) => each === name)?.[1]
    return peer ? time(peer.medianMs) : NONE
  })
  return line([
    row.name,
    row.dtype === 'none' ? NONE : row.dtype,
    row.shape,
    `**${time(row.medianMs)}**${rate}`,
    ...theirs,
    ...(peers.length > 0 ? [best ? `${best[1].ratio.toFixed(2)}x (${best[0]})` : NONE] : []),
    row.ceilingShare == null ? NONE : `${(100 * row.ceilingShare).toFixed(0)} %`,
    memory(row, best?.[1]),
  ])
}

function suiteTable(suite: string, rows: readonly BenchRow[]): string[] {
  const peers = [...new Set(rows.flatMap((row) => measuredPeers(row).map(([name]) => name)))]
  const versus = peers.length > 0 ? ['fastest peer over ours'] : []
  const heads = ['what', 'dtype', 'shape', 'msta-native', ...peers, ...versus, 'of the ceiling', 'memory']
  const skipped = new Set(
    rows.flatMap((row) =>
      Object.entries(row.peers).flatMap(([name, peer]) =>
        isSkipped(peer) ? [`- ${name} left out: ${escaped(peer.skipped)}`] : [],
      ),
    ),
  )
  return [
    `### ${suite}`,
    '',
    line(heads),
    line(heads.map(() => '---')),
    ...rows.map((row) => tableRow(row, peers)),
    '',
    ...(skipped.size > 0 ? [...skipped, ''] : []),
  ]
}

const figure = (value: number | null | undefined, unit: string) =>
  value == null ? [] : [`${value.toPrecision(3)} ${unit}`]

/** A result as Markdown: what ran where, a table a suite, what was left out and why. */
export function markdown(file: BenchFile): string {
  const machine = file.machine as Record<string, unknown>
  const { gemmF32Tflops, gemmBf16Tflops, int8Tops, copyGBs } = { ...file.ceilings } as Record<
    string,
    number | null
  >
  const ceilings = [
    ...figure(gemmF32Tflops, 'TFLOP/s float32'),
    ...figure(gemmBf16Tflops, 'TFLOP/s bfloat16'),
    ...figure(int8Tops, 'TOP/s int8'),
    ...figure(copyGBs, 'GB/s copied'),
  ]
  const devices = (machine.devices as { name: string; description: string }[] | undefined) ?? []
  const where = [
    machine.gpu,
    machine.cpu,
    `${machine.cores} cores`,
    ...devices.map((each) => each.description),
  ]
  const versions = Object.entries(file.versions as Record<string, string | null>).flatMap(
    ([name, version]) => (version ? [`${name} ${version}`] : []),
  )
  const suites = [...new Set(file.rows.map(({ suite }) => suite))]
  const failures = file.failures.map(
    ({ suite, name, dtype, shape, error }) =>
      `- ${suite}: ${escaped(`${name}, ${dtype}, ${shape}: ${error}`)}`,
  )
  return [
    `Measured ${file.date.slice(0, 10)} on ${where.filter(Boolean).join(', ')}; ${versions.join(', ')}. Medians; peers in`,
    'the same run, process by process in turn.',
    ...(ceilings.length > 0 ? ['', `Ceilings in the same run: ${ceilings.join(', ')}.`] : []),
    '',
    ...suites.flatMap((suite) =>
      suiteTable(
        suite,
        file.rows.filter((row) => row.suite === suite),
      ),
    ),
    ...(failures.length > 0 ? ['Not measured:', '', ...failures, ''] : []),
  ].join('\n')
}
