import type { ProtocolResult, Summary, SystemResult } from '../../protocols/result.js'
import type { Figure } from '../bundles.js'
import { drawing, place, WIDTH } from '../charts/frame.js'
import { lineChart } from '../charts/lines.js'
import { groupBy } from '../group-by.js'
import { shorten } from '../page/format.js'
import { html, type Markup, NOTHING } from '../page/html.js'
import { figuresTable, table } from '../page/table.js'

const NAMES: Record<Figure, string> = {
  top1: 'top-1',
  top5: 'top-5',
  base: 'base',
  novel: 'novel',
  hm: 'HM',
}
const BAR = { left: 44, width: 218, height: 13, gap: 4, title: 22 }

/** The figures that a protocol is about. */
export const figuresOf = ({ systems }: ProtocolResult): Figure[] =>
  systems.some(({ hm }) => hm) ? ['base', 'novel', 'hm'] : ['top1', 'top5']

/** A mean with its deviation, in per cent. */
export const meanText = ({ mean, std }: Summary): string =>
  `${(100 * mean).toFixed(1)}${std === null ? '' : ` ± ${(100 * std).toFixed(1)}`}`

const titleOf = ({ title, shots }: SystemResult, hasShots: boolean): string =>
  hasShots && shots !== null ? `${title}, ${shots} shots` : title

/** Several systems side by side: bars with means and deviations, a table, and the values of every run. */
export function systemsSection(result: ProtocolResult): Markup {
  const { systems } = result
  const figures = figuresOf(result)
  const hasShots = new Set(systems.flatMap(({ shots }) => shots ?? [])).size > 1
  const { ddof } = systems[0]!.top1
  const heads = [
    ...['system', ...figures.map((figure) => NAMES[figure])],
    ...['trained parameters', 'shots', 'runs', 'videos', 'failed'],
  ]
  const rows = systems.map((system) => [
    system.title,
    ...figures.map((figure) => (system[figure] ? meanText(system[figure]) : '–')),
    system.parameters.trained.toLocaleString('en'),
    system.shots ?? '–',
    ...[system.runs.length, system.videos, system.failed].map((count) => count.toLocaleString('en')),
  ])
  const caption = `${result.protocol}: accuracy in per cent, mean ± standard deviation (ddof ${ddof}) over runs`
  return html`
${table({ caption, showCaption: true, heads, rows })}
<div class="charts">
<figure><figcaption>Accuracy in per cent${figures.includes('hm') && ' (HM: harmonic mean of base and novel)'}</figcaption>${barChart(systems, figures, hasShots)}</figure>
${hasShots && html`<figure><figcaption>Accuracy by number of shots</figcaption>${shotsChart(systems, figures)}</figure>`}
</div>
${runsTable(systems, figures, hasShots)}`
}

/** Bars with their names and figures in words: colours only repeat them. */
function barChart(systems: readonly SystemResult[], figures: readonly Figure[], hasShots: boolean): Markup {
  const rowHeight = BAR.height + BAR.gap
  const groupHeight = BAR.title + figures.length * rowHeight + 6
  const x = (share: number) => place(BAR.left + BAR.width * Math.min(1, Math.max(0, share)))
  const groups = systems.map((system, i) => {
    const top = i * groupHeight
    const bars = figures.flatMap((figure, f) => {
      const summary = system[figure]
      if (!summary) return []
      const y = top + BAR.title + f * rowHeight
      const middle = y + BAR.height / 2
      const { mean, std } = summary
      return html`<text x="${BAR.left - 6}" y="${middle + 4}" text-anchor="end">${NAMES[figure]}</text>
<rect class="track" x="${BAR.left}" y="${y}" width="${BAR.width}" height="${BAR.height}"/>
<rect class="fill s${f}" x="${BAR.left}" y="${y}" width="${place(x(mean) - BAR.left)}" height="${BAR.height}"/>
${std !== null && html`<line class="whisker" x1="${x(mean - std)}" x2="${x(mean + std)}" y1="${middle}" y2="${middle}"/>`}
<text class="figure" x="${BAR.left + BAR.width + 8}" y="${middle + 4}">${meanText(summary)}</text>`
    })
    return [
      html`<text class="strong" x="0" y="${top + 15}">${shorten(titleOf(system, hasShots), 50)}</text>`,
      bars,
    ]
  })
  const name = systems.map(
    (system) =>
      `${titleOf(system, hasShots)}: ${figures.map((figure) => (system[figure] ? `${NAMES[figure]} ${meanText(system[figure])}` : '')).join(', ')}. `,
  )
  return drawing(name.join(''), WIDTH, systems.length * groupHeight, groups)
}

function shotsChart(systems: readonly SystemResult[], figures: readonly Figure[]): Markup {
  const figure = figures.includes('hm') ? 'hm' : 'top1'
  const trained = systems.filter(({ shots }) => shots !== null)
  const shots = [...new Set(trained.map((system) => system.shots!))].sort((a, b) => a - b)
  const lines = [...groupBy(trained, ({ title }) => title)].map(([name, rows]) => ({
    name,
    points: rows
      .map((row) => ({ x: row.shots!, y: row[figure]!.mean, spread: row[figure]!.std }))
      .sort((a, b) => a.x - b.x),
    hasDots: true,
  }))
  const format = (share: number) => `${Math.round(100 * share)} %`
  return lineChart(
    `${NAMES[figure]} accuracy by number of shots, for ${lines.map(({ name }) => name).join(', ')}`,
    { label: 'videos of each class', from: shots[0]!, to: shots.at(-1)!, isLog: true, ticks: shots },
    { label: 'accuracy', from: 0, to: 1, format },
    lines,
  )
}

/** Of which run and test a summary's value is. */
function valueName({ runs, hm, top1 }: SystemResult, index: number): string {
  const perRun = hm ? 1 : Math.max(1, Math.round(top1.values.length / runs.length))
  const run = runs[Math.floor(index / perRun)]
  const test = perRun > 1 ? run?.tests[index % perRun]?.name : undefined
  return [run?.name ?? index + 1, test].filter(Boolean).join(', ')
}

function runsTable(systems: readonly SystemResult[], figures: readonly Figure[], hasShots: boolean): Markup {
  const rows = systems.flatMap((system) =>
    (system.hm ?? system.top1).values.map((_, i) => [
      titleOf(system, hasShots),
      valueName(system, i),
      ...figures.map((figure) => {
        const value = system[figure]?.values[i]
        return value === undefined ? '–' : (100 * value).toFixed(2)
      }),
    ]),
  )
  if (rows.length === systems.length) return NOTHING
  const heads = ['system', 'run', ...figures.map((figure) => NAMES[figure])]
  return figuresTable({ caption: 'accuracy of every run, in per cent', heads, rows })
}
