import type { EvaluationResult } from '../../evaluate/evaluate.js'
import { counted, percent } from '../page/format.js'
import { html, type Markup, NOTHING } from '../page/html.js'
import { table } from '../page/table.js'

/** Accuracies of one system, a class a row. */
export interface ClassAccuracies {
  name: string
  perClass: EvaluationResult['perClass']
}

const SHOWN = 24
const MOST_ROWS = 2000

/** Accuracy of every class, the worst first: a bar for the last of the systems, figures for all of them. */
export function classesSection(systems: readonly ClassAccuracies[]): Markup {
  const last = systems.at(-1)
  if (!last) return NOTHING
  const tested = last.perClass.filter(({ accuracy }) => accuracy !== null)
  const ordered = tested.sort((a, b) => a.accuracy! - b.accuracy!)
  const untested = last.perClass.length - tested.length
  const byLabel = systems
    .slice(0, -1)
    .map(({ perClass }) => new Map(perClass.map(({ label, accuracy }) => [label, accuracy])))
  const heads = [
    ...['class', systems.length > 1 ? last.name : 'accuracy'],
    ...systems.slice(0, -1).map(({ name }) => name),
    'videos',
  ]
  const rows = ordered.slice(0, MOST_ROWS).map(({ label, accuracy, videos }) => [
    label,
    bar(accuracy!),
    ...byLabel.map((accuracies) => {
      const other = accuracies.get(label)
      return typeof other === 'number' ? percent(other) : '–'
    }),
    videos.toLocaleString('en'),
  ])
  const caption = 'Accuracy of each class, the lowest first'
  const rest = rows.slice(SHOWN)
  return html`
${table({ caption, heads, rows: rows.slice(0, SHOWN), isWide: true })}
${
  rest.length > 0 &&
  html`<details><summary>The other ${counted(rest.length, 'class', 'classes')}</summary>${table({ caption: 'Accuracy of the other classes', heads, rows: rest, isWide: true })}</details>`
}
${untested > 0 && html`<p class="note">Without a video in the list, and so not shown: ${untested} of ${last.perClass.length} classes.</p>`}
${ordered.length > MOST_ROWS && html`<p class="note">The best ${ordered.length - MOST_ROWS} classes are not shown.</p>`}`
}

/** A share as a bar with its figure; the figure says all, the bar is for the eye. */
export const bar = (share: number): Markup =>
  html`<span class="bar"><span class="track" aria-hidden="true"><span style="width:${(100 * share).toFixed(1)}%"></span></span><span class="value">${percent(share)}</span></span>`
