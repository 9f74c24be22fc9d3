import { line } from 'd3-shape'
import { type Content, html, type Markup, NOTHING } from '../page/html.js'
import { type Axis, chart, place } from './frame.js'
import { lineLook, whisker } from './series.js'

/** A line of points, by ascending x. */
export interface Line {
  name: string
  points: readonly { x: number; y: number; spread?: number | null }[]
  /** A background to the others: thin and pale. */
  isFaint?: boolean
  /** Also shows each point. */
  hasDots?: boolean
}

/** Lines in a chart, with a legend below where there are several. */
export function lineChart(name: Content, xAxis: Axis, yAxis: Axis, lines: readonly Line[]): Markup {
  const named = lines.filter(({ isFaint }) => !isFaint)
  const drawn = chart(name, xAxis, yAxis, ({ x, y }) => {
    const path = line<{ x: number; y: number }>()
      .defined((point) => Number.isFinite(point.y))
      .x((point) => place(x(point.x)))
      .y((point) => place(y(point.y)))
    return lines.map((each) => {
      const { points, isFaint, hasDots } = each
      const i = named.indexOf(each)
      return [
        html`<path d="${path(points as { x: number; y: number }[]) ?? ''}" ${isFaint ? html`class="faint"` : lineLook(i)}/>`,
        points.map(
          (point) =>
            typeof point.spread === 'number' &&
            whisker(
              { x: place(x(point.x)), y: place(y(point.y - point.spread)) },
              { x: place(x(point.x)), y: place(y(point.y + point.spread)) },
            ),
        ),
        hasDots &&
          points.map(
            (point) =>
              html`<circle class="dot s${i}" cx="${place(x(point.x))}" cy="${place(y(point.y))}" r="3.2"><title>${(xAxis.format ?? String)(point.x)}: ${(yAxis.format ?? String)(point.y)}</title></circle>`,
          ),
      ]
    })
  })
  return html`${drawn}${named.length > 1 ? legend(named) : NOTHING}`
}

const legend = (lines: readonly Line[]): Markup =>
  html`<ul class="legend">${lines.map(
    ({ name }, i) =>
      html`<li><svg class="sample" viewBox="0 0 34 10" aria-hidden="true"><path d="M1 5H33" ${lineLook(i)}/></svg>${name}</li>`,
  )}</ul>`
