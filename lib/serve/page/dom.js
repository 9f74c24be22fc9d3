/** The element of an id. */
export const byId = (id) => document.getElementById(id)

/** A new element with a class, a text and what is in it. */
export function make(tag, { className = '', text = '', ...properties } = {}, ...children) {
  const element = document.createElement(tag)
  if (className !== '') element.className = className
  if (text !== '') element.textContent = text
  Object.assign(element, properties)
  element.append(...children)
  return element
}

/** Shows a line under something; an error stands out. */
export function say(id, text, isError = false) {
  const line = byId(id)
  line.textContent = text
  line.classList.toggle('bad', isError)
}

/** A share of 1 in per cent. */
export const percent = (share) => `${(100 * share).toFixed(1)} %`

/** Bytes in the unit that suits them. */
export const size = (bytes) =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`

/** Seconds as 0:00.0. */
export function clock(seconds) {
  const tenths = Math.round(10 * seconds)
  const rest = (tenths % 600) / 10
  return `${Math.floor(tenths / 600)}:${rest.toFixed(1).padStart(4, '0')}`
}
