import type { VideoAttention } from '../../recognition/attention.js'
import type { Pictures } from '../examples/collect.js'
import { type Strip, TILE_GAP } from '../examples/strip.js'
import { percent } from '../page/format.js'
import { html, Markup, NOTHING } from '../page/html.js'

/** Steps of darkness over what is attended to less; the rule `.m1` to `.m4` of the style. */
const STEPS = 5
const BAR = { height: 26, width: 16, gap: 4 }

/** Pictures of a video's frames, to be darkened by attention, and the share of each frame. */
export function framesAndAttention({ strip, before, after }: Pictures, description: string): Markup {
  const width = strip.columns * (strip.tile.width + TILE_GAP) - TILE_GAP
  const rows = Math.ceil(strip.shown.length / strip.columns)
  const height = rows * (strip.tile.height + TILE_GAP) - TILE_GAP
  const jpeg = new Markup(`data:image/jpeg;base64,${Buffer.from(strip.jpeg).toString('base64')}`)
  return html`<div class="frames"><label><input type="checkbox"> darken what gets little attention</label>
<svg role="img" aria-label="${description}" viewBox="0 0 ${width} ${height}"><image width="${width}" height="${height}" href="${jpeg}"/>${mask(strip, after)}</svg>
${frameShares(before, after)}</div>`
}

/** Squares over the patches of the test view, the darker the less attention; of the tiles that are shown. */
function mask({ shown, columns, tile }: Strip, { grid, patches }: VideoAttention): Markup {
  const most = patches.reduce((highest, share) => Math.max(highest, share), 0)
  if (most === 0) return NOTHING
  // The view is the middle square.
  const side = Math.min(tile.width, tile.height)
  const left = (tile.width - side) / 2
  const top = (tile.height - side) / 2
  const tiles = shown.map((frame, place) => {
    const x = (place % columns) * (tile.width + TILE_GAP) + left
    const y = Math.floor(place / columns) * (tile.height + TILE_GAP) + top
    const squares = Array.from({ length: STEPS }, () => '')
    for (let patch = 0; patch < grid * grid; patch++) {
      // Shares differ by orders of magnitude: their roots can be told apart.
      const strength = Math.sqrt(patches[frame * grid * grid + patch]! / most)
      const step = Math.min(STEPS - 1, Math.floor(STEPS * (1 - strength)))
      squares[step] += `M${patch % grid} ${Math.floor(patch / grid)}h1v1h-1z`
    }
    const paths = squares.map((d, step) => step > 0 && d !== '' && html`<path class="m${step}" d="${d}"/>`)
    return html`<g transform="translate(${x} ${y}) scale(${side / grid})">${paths}</g>`
  })
  return html`<g class="mask">${tiles}</g>`
}

const sharesOf = ({ frames, grid, patches }: VideoAttention): number[] =>
  Array.from({ length: frames }, (_, t) =>
    patches.subarray(t * grid * grid, (t + 1) * grid * grid).reduce((sum, share) => sum + share, 0),
  )

/** A bar a frame: how much of the attention it gets; marks tell what it got before. */
function frameShares(before: VideoAttention | null, after: VideoAttention): Markup {
  const [now, then] = [sharesOf(after), before && sharesOf(before)]
  const scale = BAR.height / Math.max(...now, ...(then ?? []))
  const width = now.length * (BAR.width + BAR.gap) - BAR.gap
  const bars = now.map((share, t) => {
    const x = t * (BAR.width + BAR.gap)
    const was = then && BAR.height - then[t]! * scale
    return html`<rect class="fill s0" x="${x}" y="${BAR.height - share * scale}" width="${BAR.width}" height="${share * scale}"/>${
      was !== null &&
      html`<path class="axis" d="M${x} ${Math.min(BAR.height - 0.5, Math.max(0.5, was))}h${BAR.width}"/>`
    }`
  })
  const told = now.map((share, t) => `${t + 1}: ${percent(share)}${then ? ` (${percent(then[t]!)})` : ''}`)
  const name = `attention by frame${then ? ' (line: without the adapter)' : ''}`
  return html`<div class="shares"><svg role="img" aria-label="${`${name}, ${told.join(', ')}`}" viewBox="0 0 ${width} ${BAR.height}">${bars}</svg><span class="note">${name}</span></div>`
}
