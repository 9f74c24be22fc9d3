import type { Markup } from '../page/html.js'
import { html } from '../page/html.js'

/** Looks that differ without colour, too: dashes of lines, shapes of points. */
export const LOOKS = 8
const DASHES = ['', '7 3', '2 3', '9 3 2 3', '12 4', '4 2 1 2', '1 2', '6 2 2 2 2 2']

/** The attributes of line number `index`. */
export const lineLook = (index: number): Markup =>
  html`class="line s${index % LOOKS}" stroke-dasharray="${DASHES[index % LOOKS]}"`
