import {
  symbol,
  symbolAsterisk,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
  symbolWye,
} from 'd3-shape'
import { type Content, html, type Markup } from '../page/html.js'
import { drawing, extent, place } from './frame.js'

/** A point of a map. */
export interface ScatterPoint {
  x: number
  y: number
  /** Number of its group's look; those from {@link GROUPS} on look alike. */
  group: number
  title: string
}

/** Groups that can be told apart, by shape and colour. */
export const GROUPS = 8
const SHAPES = [
  ...[symbolCircle, symbolSquare, symbolTriangle, symbolDiamond],
  ...[symbolCross, symbolStar, symbolWye, symbolAsterisk],
]
const SIZE = 340
const MARGIN = 14

const shape = (group: number, area: number): Markup => {
  const path = symbol(SHAPES[group] ?? symbolCircle, SHAPES[group] ? area : area / 4)()
  return html`d="${path}" class="${SHAPES[group] ? `mark s${group}` : 'mark other'}"`
}

/** A map without axes: only what lies near what has a meaning. Both directions have one scale. */
export function scatter(name: Content, points: readonly ScatterPoint[]): Markup {
  const [left, right] = extent(points.map(({ x }) => x))
  const [low, high] = extent(points.map(({ y }) => y))
  const scale = (SIZE - 2 * MARGIN) / (Math.max(right - left, high - low) || 1)
  const x = (value: number) => place(SIZE / 2 + (value - (left + right) / 2) * scale)
  const y = (value: number) => place(SIZE / 2 - (value - (low + high) / 2) * scale)
  // The groups that are told apart are drawn over the others.
  const ordered = [...points].sort((a, b) => b.group - a.group)
  return drawing(name, SIZE, SIZE, [
    html`<rect class="field" x="0.5" y="0.5" width="${SIZE - 1}" height="${SIZE - 1}" rx="6"/>`,
    ordered.map(
      (point) =>
        html`<path transform="translate(${x(point.x)} ${y(point.y)})" ${shape(point.group, 64)}><title>${point.title}</title></path>`,
    ),
  ])
}

/** Which look is which group; a last name beyond {@link GROUPS} is that of all others. */
export const scatterLegend = (names: readonly (string | null)[]): Markup =>
  html`<ul class="legend">${names.map(
    (name, group) =>
      name !== null &&
      html`<li><svg class="sample" viewBox="-8 -8 16 16" aria-hidden="true"><path ${shape(group, 80)}/></svg>${name}</li>`,
  )}</ul>`
