import { shorten } from '../page/format.js'
import { html, type Markup, NOTHING } from '../page/html.js'
import { table } from '../page/table.js'

/** Larger matrices are shown in part: what matters of them. */
const MOST_CLASSES = 30
const MOST_PAIRS = 20

/** Row-major [classes, classes] counts: row = label, column = answer. */
export interface Confusion {
  labels: readonly string[]
  counts: readonly number[]
  /** The system whose answers they are, where there are several. */
  of?: string
}

/** A confusion matrix, or the classes with the most wrong answers of a large one, and what was mixed up most often. */
export function confusionSection(confusion: Confusion): Markup {
  const { labels, counts } = confusion
  if (labels.length < 2 || counts.length !== labels.length ** 2) return NOTHING
  const shown = shownClasses(confusion)
  return html`
${confusion.of !== undefined && html`<p>Answers of ${confusion.of}, all runs together.</p>`}
${
  shown.length < labels.length &&
  html`<p>Of ${labels.length} classes, the ${shown.length} with the most wrong answers, given for or taken from them. Answers that are other classes count in the last column.</p>`
}
${matrix(confusion, shown)}
${pairsTable(confusion)}`
}

function shownClasses({ labels, counts }: Confusion): number[] {
  const size = labels.length
  const all = labels.map((_, c) => c)
  if (size <= MOST_CLASSES) return all
  const wrong = all.map(() => 0)
  for (const [i, count] of counts.entries()) {
    const [label, answer] = [Math.floor(i / size), i % size]
    if (label === answer) continue
    wrong[label]! += count
    wrong[answer]! += count
  }
  return all
    .sort((a, b) => wrong[b]! - wrong[a]! || a - b)
    .slice(0, MOST_CLASSES)
    .sort((a, b) => a - b)
}

function matrix({ labels, counts }: Confusion, shown: readonly number[]): Markup {
  const size = labels.length
  const isPart = shown.length < size
  const rows = shown.map((label) => {
    const row = counts.slice(label * size, (label + 1) * size)
    const total = row.reduce((sum, count) => sum + count, 0)
    const own = shown.map((answer) => row[answer]!)
    const others = total - own.reduce((sum, count) => sum + count, 0)
    const cells = [...own, ...(isPart ? [others] : [])].map((count, i) =>
      cell(count, total, shown[i] === label),
    )
    return html`<tr><th scope="row" title="${labels[label]}"><span class="number">${label}</span> ${shorten(labels[label]!, 24)}</th>${cells}</tr>\n`
  })
  return html`
<p class="note">Rows are what the video shows, columns what was answered, by the number of the class. Framed: right answers.</p>
<div class="scroll" role="group" tabindex="0" aria-label="Confusion matrix">
<table class="matrix">
<caption class="unseen">Confusion matrix</caption>
<thead><tr><th scope="col">class</th>${shown.map(
    (answer) => html`<th scope="col"><abbr title="${labels[answer]}">${answer}</abbr></th>`,
  )}${isPart && html`<th scope="col">other</th>`}</tr></thead>
<tbody>${rows}</tbody>
</table>
</div>`
}

function cell(count: number, total: number, isRight: boolean): Markup {
  if (count === 0) return html`<td${isRight && html` class="right"`}></td>`
  const strength = Math.round((40 * count) / total)
  return html`<td class="${isRight ? 'right' : 'wrong'}" style="--strength:${strength}%">${count}</td>`
}

/** What was mixed up most often. */
function pairsTable({ labels, counts }: Confusion): Markup {
  const size = labels.length
  const pairs = counts.flatMap((count, i) => {
    const [label, answer] = [Math.floor(i / size), i % size]
    return count > 0 && label !== answer ? [{ label, answer, count }] : []
  })
  if (pairs.length === 0) return html`<p>Every answer was right.</p>`
  const most = pairs.sort((a, b) => b.count - a.count).slice(0, MOST_PAIRS)
  const rows = most.map(({ label, answer, count }) => {
    const total = counts.slice(label * size, (label + 1) * size).reduce((sum, each) => sum + each, 0)
    return [labels[label], labels[answer], `${count} of ${total}`]
  })
  const caption = `What was mixed up most often${pairs.length > most.length ? `: ${most.length} of ${pairs.length} pairs` : ''}`
  return table({
    caption,
    showCaption: true,
    heads: ['it was', 'the answer', 'videos'],
    rows,
    isOfWords: true,
  })
}
