/** Text that is markup already. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What may stand in a template of {@link html}: all but markup is escaped. */
export type Content = Markup | string | number | null | undefined | false | readonly Content[]

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

// Control characters mean nothing in a page, and some are not allowed in it.
const escapeText = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\p{Surrogate}/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!)

function textOf(content: Content): string {
  if (content instanceof Markup) return content.text
  if (Array.isArray(content)) return content.map(textOf).join('')
  return content === null || content === undefined || content === false ? '' : escapeText(String(content))
}

/** Markup with every value in it escaped, lists joined; attributes must stand in quotes. */
export const html = (parts: TemplateStringsArray, ...values: Content[]): Markup =>
  new Markup(parts.map((part, i) => (i === 0 ? part : textOf(values[i - 1]) + part)).join(''))

/** Markup that is nothing. */
export const NOTHING = new Markup('')
