import type { Markup } from '../page/html.js'
import { html } from '../page/html.js'

/** Looks that differ without colour, too: dashes of lines, shapes of points. */
const LOOKS = 8
const DASHES = ['', '7 3', '2 3', '9 3 2 3', '12 4', '4 2 1 2', '1 2', '6 2 2 2 2 2']

const CAP = 4

/** A deviation around a mean: a line with caps, on a rim that parts it from what lies below. */
export function whisker(from: { x: number; y: number }, to: { x: number; y: number }): Markup {
  const [dx, dy] = from.x === to.x ? [CAP, 0] : [0, CAP]
  const cap = ({ x, y }: { x: number; y: number }) => `M${x - dx} ${y - dy}L${x + dx} ${y + dy}`
  const path = `M${from.x} ${from.y}L${to.x} ${to.y}${cap(from)}${cap(to)}`
  return html`<path class="rim" d="${path}"/><path class="whisker" d="${path}"/>`
}

/** The attributes of line number `index`. */
export const lineLook = (index: number): Markup =>
  html`class="line s${index % LOOKS}" stroke-dasharray="${DASHES[index % LOOKS]}"`
