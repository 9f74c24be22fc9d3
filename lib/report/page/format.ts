/** A share of 1 in per cent, for people. */
export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`

/** A number with as many digits as a reader needs. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  if (size !== 0 && (size < 0.0001 || size >= 1e6)) return value.toExponential(2)
  return value.toLocaleString('en', { maximumSignificantDigits: 4 })
}

/** A text with its middle left out when it is longer than `most` characters. */
export function shorten(text: string, most: number): string {
  const letters = [...text]
  if (letters.length <= most) return text
  const head = Math.ceil((most - 1) / 2)
  return `${letters.slice(0, head).join('')}…${letters.slice(letters.length - (most - 1 - head)).join('')}`
}

/** `1 video`, `2 videos`. */
export const counted = (count: number, what: string, plural = `${what}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? what : plural}`
