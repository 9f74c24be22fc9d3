import type { ProtocolResult, Summary, SystemResult } from '../../protocols/result.js'
import type { Figure } from '../bundles.js'
import { drawing, place, WIDTH } from '../charts/frame.js'
import { lineChart } from '../charts/lines.js'
import { whisker } from '../charts/series.js'
import { groupBy } from '../group-by.js'
import { html, type Markup, NOTHING } from '../page/html.js'
import { figuresTable, table } from '../page/table.js'

const NAMES: Record<Figure, string> = {
  top1: 'top-1',
  top5: 'top-5',
  base: 'base',
  novel: 'novel',
  hm: 'HM',
}
const BAR = { left: 44, width: 218, height: 13, gap: 4 }

/** The figures that a protocol is about. */
export const figuresOf = ({ systems }: ProtocolResult): Figure[] =>
  systems.some(({ hm }) => hm) ? ['base', 'novel', 'hm'] : ['top1', 'top5']

/** A mean with its deviation, in per cent. */
export const meanText = ({ mean, std }: Summary): string =>
  `${(100 * mean).toFixed(1)}${std === null ? '' : ` ± ${(100 * std).toFixed(1)}`}`

const titleOf = ({ title, shots }: SystemResult, hasShots: boolean): string =>
  hasShots && shots !== null ? `${title}, ${shots} shots` : title

/** The systems to compare with the last one: those trained on as many shots, and those that were not trained. */
export const comparable = (systems: readonly SystemResult[]): SystemResult[] =>
  systems.filter(({ shots }) => shots === null || shots === systems.at(-1)!.shots)

/** Several systems side by side: bars with means and deviations, a table, and the values of every run. */
export function systemsSection(result: ProtocolResult): Markup {
  const { systems } = result
  const figures = figuresOf(result)
  const hasShots = new Set(systems.flatMap(({ shots }) => shots ?? [])).size > 1
  const drawn = comparable(systems)
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
<h4>Accuracy in per cent${figures.includes('hm') && '; HM is the harmonic mean of base and novel'}</h4>
<div class="bars">${drawn.map((system) => bars(system, titleOf(system, hasShots), figures))}</div>
${hasShots && html`<h4>Accuracy by number of shots</h4><figure>${shotsChart(systems, figures)}</figure>`}
${runsTable(systems, figures, hasShots)}`
}

/** Bars with their names and figures in words: colours only repeat them. */
function bars(system: SystemResult, title: string, figures: readonly Figure[]): Markup {
  const x = (share: number) => place(BAR.left + BAR.width * Math.min(1, Math.max(0, share)))
  const told = figures.flatMap((figure) => (system[figure] ? [{ figure, summary: system[figure] }] : []))
  const rows = told.map(({ figure, summary }, i) => {
    const { mean, std } = summary
    const y = i * (BAR.height + BAR.gap)
    const middle = y + BAR.height / 2
    return html`<text x="${BAR.left - 6}" y="${middle + 4}" text-anchor="end">${NAMES[figure]}</text>
<rect class="track" x="${BAR.left}" y="${y}" width="${BAR.width}" height="${BAR.height}"/>
<rect class="fill s${i}" x="${BAR.left}" y="${y}" width="${place(x(mean) - BAR.left)}" height="${BAR.height}"/>
${std !== null && std > 0 && whisker({ x: x(mean - std), y: middle }, { x: x(mean + std), y: middle })}
<text class="figure" x="${BAR.left + BAR.width + 10}" y="${middle + 4}">${meanText(summary)}</text>`
  })
  const name = told.map(({ figure, summary }) => `${NAMES[figure]} ${meanText(summary)} per cent`).join(', ')
  const height = told.length * (BAR.height + BAR.gap)
  return html`<figure><figcaption>${title}</figcaption>${drawing(`${title}: ${name}`, WIDTH, height, rows)}</figure>`
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
  for (const system of systems.filter((each) => each.shots === null))
    lines.push({
      name: `${system.title}, not trained`,
      points: [shots[0]!, shots.at(-1)!].map((x) => ({ x, y: system[figure]!.mean, spread: null })),
      hasDots: false,
    })
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
