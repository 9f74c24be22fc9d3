import { scaleLinear, scaleLog } from 'd3-scale'
import { short } from '../page/format.js'
import { type Content, html, type Markup } from '../page/html.js'

/** Drawn this wide, a chart is legible on a phone as it is; wider pages enlarge it a little. */
export const WIDTH = 380
const HEIGHT = 230
const MARGIN = { left: 48, right: 14, top: 12, bottom: 38 }

/** A numeric axis. */
export interface Axis {
  label: string
  from: number
  to: number
  /** Powers instead of sums. */
  isLog?: boolean
  /** As numbers are, unless given. */
  format?: (value: number) => string
  /** The only places with a number. */
  ticks?: readonly number[]
}

/** The inside of a chart: from values to places. */
export interface Plane {
  x: (value: number) => number
  y: (value: number) => number
  left: number
  right: number
  top: number
  bottom: number
}

function scaleOf({ from, to, isLog }: Axis, range: [number, number]) {
  // A single value has its place in the middle.
  if (from === to) return scaleLinear([from - (Math.abs(from) || 1) / 2, to + (Math.abs(to) || 1) / 2], range)
  return isLog ? scaleLog([from, to], range) : scaleLinear([from, to], range)
}

function ticksOf(axis: Axis, scale: ReturnType<typeof scaleOf>, count: number): readonly number[] {
  if (axis.ticks) return axis.ticks
  const ticks = axis.isLog ? scale.ticks().filter(isRound) : scale.ticks(count)
  if (ticks.length <= count + 2) return ticks
  const step = Math.ceil(ticks.length / count)
  return ticks.filter((_, i) => i % step === 0)
}

/** 1, 2 or 5 times a power of ten. */
const isRound = (value: number) => /^[125]e/.test(value.toExponential())

/** A drawing with a name for those who cannot see it. */
export const drawing = (name: Content, width: number, height: number, content: Content): Markup =>
  html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${name}">${content}</svg>`

/** A chart of two numeric axes; `draw` gives what is inside. */
export function chart(name: Content, xAxis: Axis, yAxis: Axis, draw: (plane: Plane) => Content): Markup {
  const [left, right, top, bottom] = [MARGIN.left, WIDTH - MARGIN.right, MARGIN.top, HEIGHT - MARGIN.bottom]
  const x = scaleOf(xAxis, [left, right])
  const y = scaleOf(yAxis, [bottom, top])
  const format = (axis: Axis, value: number) => (axis.format ?? short)(value)
  return drawing(name, WIDTH, HEIGHT, [
    ticksOf(yAxis, y, 5).map(
      (
        value,
      ) => html`<line class="grid" x1="${left}" x2="${right}" y1="${place(y(value))}" y2="${place(y(value))}"/>
<text x="${left - 6}" y="${place(y(value) + 4)}" text-anchor="end">${format(yAxis, value)}</text>`,
    ),
    html`<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>`,
    ticksOf(xAxis, x, 5).map(
      (value) =>
        html`<text x="${place(x(value))}" y="${bottom + 16}" text-anchor="middle">${format(xAxis, value)}</text>`,
    ),
    html`<text class="axis-name" x="${(left + right) / 2}" y="${bottom + 33}" text-anchor="middle">${xAxis.label}</text>`,
    draw({ x, y, left, right, top, bottom }),
  ])
}

/** A coordinate with as many digits as can be seen. */
export const place = (value: number): number => Math.round(value * 10) / 10

/** An axis that all values are on, a little longer than they are. */
export function axisOf(label: string, values: readonly number[], rest: Partial<Axis> = {}): Axis {
  const [least, most] = extent(values)
  const margin = (most - least) * 0.05
  return { label, from: rest.isLog ? least : least - margin, to: rest.isLog ? most : most + margin, ...rest }
}

/** The least and greatest of finite values; 0 and 1 where there are none. */
export function extent(values: readonly number[]): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values)
    if (Number.isFinite(value)) [least, most] = [Math.min(least, value), Math.max(most, value)]
  return least <= most ? [least, most] : [0, 1]
}
