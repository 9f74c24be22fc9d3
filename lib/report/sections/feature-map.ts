import { GROUPS, scatter, scatterLegend } from '../charts/scatter.js'
import type { FeatureMap } from '../examples/collect.js'
import type { Projection } from '../examples/projection.js'
import { groupBy } from '../group-by.js'
import { counted, percent, short } from '../page/format.js'
import { html, type Markup, NOTHING } from '../page/html.js'
import { figuresTable } from '../page/table.js'

/** Features of videos in two dimensions, before and after adaptation. */
export function featureMapSection({ videos, before, after }: FeatureMap): Markup {
  if (videos.length < 3) return NOTHING
  const classes = [...groupBy(videos, ({ label }) => label)].sort(([, a], [, b]) => b.length - a.length)
  const named = classes.slice(0, classes.length > GROUPS ? GROUPS - 1 : GROUPS).map(([label]) => label)
  const map = (title: string, projection: Projection) =>
    figureOf(title, projection, videos, (label) => {
      const group = named.indexOf(label)
      return group < 0 ? GROUPS : group
    })
  const others = classes.length - named.length
  const legend =
    others > 0 ? [...named, ...Array(GROUPS - named.length).fill(null), `${others} other classes`] : named
  const rows = videos.map(({ path, label, answer }, i) => [
    path,
    ...[label, answer],
    ...[before, after].flatMap((projection) => {
      const point = projection?.points[i]
      return point ? [`${short(point.x)}, ${short(point.y)}`] : []
    }),
  ])
  return html`
<p class="note">The features of ${counted(videos.length, 'video')} by their two main directions (principal components). What lies together, the model takes for alike. Each map has directions of its own.</p>
<div class="charts">${before && map('Before adaptation', before)}${map(before ? 'After adaptation' : 'Features', after)}</div>
${scatterLegend(legend)}
${figuresTable({
  caption: 'places of the videos',
  heads: ['video', 'class', 'answer', ...(before ? ['before', 'after'] : ['place'])],
  rows,
  isOfWords: true,
})}`
}

function figureOf(
  title: string,
  { points, explained }: Projection,
  videos: FeatureMap['videos'],
  groupOf: (label: string) => number,
): Markup {
  const name = `${title}: features of ${videos.length} videos; the two directions have ${percent(explained[0], 0)} and ${percent(explained[1], 0)} of the variance`
  const marks = points.map((point, i) => ({
    ...point,
    group: groupOf(videos[i]!.label),
    title: `${videos[i]!.path}: ${videos[i]!.label}, answered ${videos[i]!.answer}`,
  }))
  return html`<figure><figcaption>${title} <span class="note">(${percent(explained[0] + explained[1], 0)} of the variance)</span></figcaption>${scatter(name, marks)}</figure>`
}
